// The page's modules as two files, into the folder that is named: `cargo xtask playground` calls this.
import { build } from "esbuild";

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node bundle.mjs FOLDER");
  process.exit(2);
}
await build({
  entryPoints: ["web/main.js", "web/worker.js", "web/style.css"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "linked",
  outdir: folder,
  logLevel: "warning",
});
