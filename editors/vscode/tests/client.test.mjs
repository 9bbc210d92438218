// The language server with the protocol library of VS Code's own client, without a window: it opens,
// edits, completes, renames and closes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as os from "node:os";
import * as path from "node:path";
import test from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const lsp = require("vscode-languageserver-protocol/node");
const { explainArguments, taskArguments, testArguments } = require("../client/commands.js");

const built = fileURLToPath(new URL("../../../target/debug/tracee", import.meta.url));
const binary = process.env.TRACEE ?? built;
// Who names a binary wants it to be tried; without one there is the grammar to test.
const skip = !process.env.TRACEE && !fs.existsSync(built) ? "no tracee: `cargo build`, or TRACEE" : false;

const MAIN = `import "lists.tp" as lists;

policy p {
  rule reads {
    on openat where pathname in lists.secrets and flags has any [O_RDWR];
  }
}
`;

function start(folder) {
  const server = spawn(binary, ["lsp"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = lsp.createProtocolConnection(
    new lsp.StreamMessageReader(server.stdout),
    new lsp.StreamMessageWriter(server.stdin),
  );
  const exit = new Promise((done) => server.on("exit", done));
  const published = new Map();
  let waiting = [];
  connection.onNotification(lsp.PublishDiagnosticsNotification.type, (params) => {
    published.set(params.uri, params.diagnostics);
    waiting = waiting.filter((check) => !check());
  });
  connection.listen();
  /** The codes that are said of a file, once they are these. */
  const codes = (uri, expected) =>
    new Promise((done) => {
      const check = () => {
        const now = (published.get(uri) ?? []).map((one) => one.code);
        const same = JSON.stringify(now) === JSON.stringify(expected);
        if (same) done(now);
        return same;
      };
      if (!check()) waiting.push(check);
    });
  const uri = (name) => pathToFileURL(path.join(folder, name)).href;
  return { connection, exit, codes, uri };
}

test("an editor opens, edits, completes, renames and closes", { skip, timeout: 60_000 }, async () => {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "tracee-client-")));
  try {
    fs.writeFileSync(path.join(folder, "lists.tp"), 'list secrets: path = ["/etc/shadow"];\n');
    const { connection, exit, codes, uri } = start(folder);
    const answer = await connection.sendRequest(lsp.InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      capabilities: {
        general: { positionEncodings: ["utf-16"] },
        workspace: { textDocumentContent: {} },
        textDocument: { completion: { completionItem: { snippetSupport: true } } },
      },
      workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "policies" }],
    });
    assert.equal(answer.capabilities.positionEncoding, "utf-16");
    await connection.sendNotification(lsp.InitializedNotification.type, {});

    const textDocument = { uri: uri("main.tp") };
    await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, {
      textDocument: { ...textDocument, languageId: "tp", version: 1, text: MAIN.replace("openat", "opnat") },
    });
    await codes(textDocument.uri, ["TP0201"]);
    const word = { start: { line: 4, character: 7 }, end: { line: 4, character: 12 } };
    const fixes = await connection.sendRequest(lsp.CodeActionRequest.type, {
      textDocument,
      range: word,
      context: { diagnostics: [] },
    });
    assert.ok(fixes.some((fix) => fix.title === "write `openat`"), JSON.stringify(fixes));
    await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
      textDocument: { ...textDocument, version: 2 },
      contentChanges: [{ range: word, text: "openat" }],
    });
    await codes(textDocument.uri, []);

    const at = (text, behind) => {
      const lines = text.slice(0, text.indexOf(behind) + behind.length).split("\n");
      return { line: lines.length - 1, character: lines.at(-1).length };
    };
    const completions = await connection.sendRequest(lsp.CompletionRequest.type, {
      textDocument,
      position: at(MAIN, "has any ["),
    });
    assert.ok(completions.some((item) => item.label === "O_WRONLY"));

    const position = at(MAIN, "lists.sec");
    const hover = await connection.sendRequest(lsp.HoverRequest.type, { textDocument, position });
    assert.match(hover.contents.value, /list secrets: path/);
    const edit = await connection.sendRequest(lsp.RenameRequest.type, {
      textDocument,
      position,
      newName: "passwords",
    });
    assert.deepEqual(Object.keys(edit.changes).sort(), [uri("lists.tp"), uri("main.tp")]);
    const content = await connection.sendRequest("workspace/textDocumentContent", {
      uri: "tracee:/std/lists/shells.tp",
    });
    assert.match(content.text, /list shells/);

    await connection.sendNotification(lsp.DidCloseTextDocumentNotification.type, { textDocument });
    await connection.sendRequest(lsp.ShutdownRequest.type);
    await connection.sendNotification(lsp.ExitNotification.type);
    assert.equal(await exit, 0);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test("a lens calls tracee with the title as a text", () => {
  assert.deepEqual(explainArguments("-a.tp"), ["explain", "--", "-a.tp"]);
  assert.deepEqual(testArguments("a.tp"), ["test", "--", "a.tp"]);
  assert.deepEqual(taskArguments("check", "-a.tp"), ["check", "--format", "short", "--", "-a.tp"]);
  assert.deepEqual(taskArguments("test"), ["test", "--", "."]);
  assert.deepEqual(testArguments("a.tp", "1 (one) is*"), [
    "test",
    "--filter",
    ": 1 \\(one\\) is\\*$",
    "--",
    "a.tp",
  ]);
});
