// The scopes of every .tp file of the repository, compared with tests/snapshots. `--update` writes those.
// vscode-tmgrammar-snap wants a snapshot beside its file and makes one that is missing, so this copies
// both into a scratch folder and compares the sets.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

const extension = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const root = path.join(extension, "../..");
const snapshots = path.join(extension, "tests/snapshots");
const update = process.argv.includes("--update");

function below(folder, ending) {
  return fs.existsSync(folder)
    ? fs.readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(ending))
    : [];
}

// Those that are deliberately wrong, too: what is typed is wrong most of the time.
const list = ["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.tp"];
const git = spawnSync("git", list, { cwd: root, encoding: "utf8" });
if (git.status !== 0) throw git.error ?? new Error(git.stderr);
/** Where the snapshot would say nothing new in 400 kB, or in 400 MB: every bracket names those around it. */
const REPETITIVE = [
  "lang/tests/diagnostics/nested_nots.tp",
  "lang/tests/diagnostics/nested_too_deeply.tp",
  "tests/golden/filters/more_than_64_policies.tp",
];
const files = git.stdout
  .split("\n")
  .filter((name) => name && !REPETITIVE.includes(name) && fs.existsSync(path.join(root, name)));
const wanted = files.map((file) => `${file}.snap`);
const present = below(snapshots, ".snap");
const missing = wanted.filter((name) => !present.includes(name));
const stale = present.filter((name) => !wanted.includes(name));
if (files.length === 0) throw new Error("no .tp files found");
if (!update && missing.length + stale.length > 0) {
  console.error(`missing: ${missing.join(" ")}\nstale: ${stale.join(" ")}\nrun: npm run update`);
  process.exit(1);
}

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "tp-snapshots-"));
try {
  for (const file of files) {
    const copy = path.join(scratch, file);
    fs.mkdirSync(path.dirname(copy), { recursive: true });
    fs.copyFileSync(path.join(root, file), copy);
    if (!update) fs.copyFileSync(path.join(snapshots, `${file}.snap`), `${copy}.snap`);
  }
  const tool = path.join(extension, "node_modules/.bin/vscode-tmgrammar-snap");
  const run = spawnSync(tool, [path.join(scratch, "**/*.tp")], { cwd: extension, stdio: "inherit" });
  if (run.error) throw run.error;
  if (update) {
    fs.rmSync(snapshots, { recursive: true, force: true });
    for (const name of wanted) {
      fs.mkdirSync(path.dirname(path.join(snapshots, name)), { recursive: true });
      fs.copyFileSync(path.join(scratch, name), path.join(snapshots, name));
    }
  }
  process.exitCode = run.status ?? 1;
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}
