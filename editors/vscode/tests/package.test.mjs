// What is in the .vsix: what an editor needs, and nothing else. `npm run package` makes it.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { builtinModules } from "node:module";
import test from "node:test";
import { inflateRawSync } from "node:zlib";

const here = (name) => new URL(`../${name}`, import.meta.url);
const vsix = fs.readFileSync(here("tracee.vsix"));

/** The entries of the archive: name, and a function that gives the bytes. */
function entries() {
  const end = vsix.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  assert.ok(end >= 0, "no zip archive");
  const found = new Map();
  let at = vsix.readUInt32LE(end + 16);
  for (let left = vsix.readUInt16LE(end + 10); left > 0; left--) {
    assert.equal(vsix.toString("latin1", at, at + 4), "PK\x01\x02");
    const [method, size] = [vsix.readUInt16LE(at + 10), vsix.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((offset) => vsix.readUInt16LE(at + offset));
    const local = vsix.readUInt32LE(at + 42);
    const begin = local + 30 + vsix.readUInt16LE(local + 26) + vsix.readUInt16LE(local + 28);
    const bytes = vsix.subarray(begin, begin + size);
    found.set(vsix.toString("utf8", at + 46, at + 46 + name), () => (method === 8 ? inflateRawSync(bytes) : bytes));
    at += 46 + name + extra + comment;
  }
  return found;
}

const files = entries();
const pictures = fs.readdirSync(here("images")).map((name) => `extension/images/${name}`);

test("it has what an editor needs, and nothing else", () => {
  assert.deepEqual(
    [...files.keys()].sort(),
    [
      "[Content_Types].xml",
      "extension.vsixmanifest",
      "extension/LICENSE.txt",
      "extension/README.md",
      "extension/dist/extension.js",
      "extension/language-configuration.json",
      "extension/package.json",
      "extension/snippets/tp.json",
      "extension/syntaxes/tp.markdown.tmLanguage.json",
      "extension/syntaxes/tp.tmLanguage.json",
      ...pictures,
      ...fs.readdirSync(here("walkthrough")).map((name) => `extension/walkthrough/${name}`),
    ].sort(),
  );
  assert.ok(vsix.length < 2_000_000, `${vsix.length} bytes`);
});

test("its manifest is the repository's", () => {
  const packed = JSON.parse(files.get("extension/package.json")());
  const { name, version, contributes } = JSON.parse(fs.readFileSync(here("package.json")));
  assert.deepEqual([packed.name, packed.version, packed.contributes], [name, version, contributes]);
  const listed = files.get("extension.vsixmanifest")().toString();
  assert.match(listed, /Language="en-US" Id="tracee" Version="0\.1\.0" Publisher="tracee"/);
  assert.match(listed, /<Icon>extension\/images\/icon\.png<\/Icon>/);
  const workspace = fs.readFileSync(here("../../Cargo.toml"), "utf8");
  assert.ok(workspace.includes(`[workspace.package]\nversion = "${version}"`), "the version is the workspace's");
});

test("its README shows pictures that it has", () => {
  const readme = files.get("extension/README.md")().toString();
  const shown = [...readme.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map((match) => `extension/${match[1]}`);
  assert.ok(shown.length > 0);
  for (const picture of shown) assert.ok(files.get(picture)?.().length < 200_000, picture);
});

test("the client in it has all that it needs but the editor", () => {
  const client = files.get("extension/dist/extension.js")().toString();
  const asked = new Set([...client.matchAll(/\brequire\("([^"]+)"\)/g)].map((match) => match[1]));
  const own = ["vscode", ...builtinModules];
  const builtin = (name) => own.includes(name.replace(/^node:/, ""));
  for (const name of asked) assert.ok(builtin(name), name);
  assert.ok(asked.has("vscode"));
});
