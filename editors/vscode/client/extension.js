// The client of the language server: starts `tracee lsp`, and has the commands that its code lenses name.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");
const { explainArguments, taskArguments, testArguments } = require("./commands.js");
const tasks = require("./tasks.js");

/** @type {LanguageClient | undefined} */
let client;

const NEW_POLICY = `/// What it watches.
policy name {
  rule first {
    severity medium;
    on sched_process_exec where pathname prefix "/tmp/";
  }
}
`;

async function activate(context) {
  const command = (name, run) => vscode.commands.registerCommand(name, run);
  context.subscriptions.push(
    command("tracee.restart", restart),
    command("tracee.newPolicy", newPolicy),
    command("tracee.check", (uri) => run("check", uri, (path) => taskArguments("check", path))),
    vscode.tasks.registerTaskProvider("tracee", tasks.provider(() => settings().path)),
    command("tracee.test", (uri, title) => run("test", uri, (path) => testArguments(path, title))),
    command("tracee.explain", (uri) => run("explain", uri, explainArguments)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("tracee")) void restart();
    }),
  );
  await start();
}

async function deactivate() {
  await client?.stop();
  client = undefined;
}

async function restart() {
  await deactivate();
  await start();
}

function settings() {
  const all = vscode.workspace.getConfiguration("tracee");
  return {
    path: all.get("path") || "tracee",
    enable: all.get("languageServer.enable"),
    hints: all.get("hints.enable"),
    lenses: all.get("lenses.enable"),
  };
}

async function newPolicy() {
  const document = await vscode.workspace.openTextDocument({ language: "tp", content: NEW_POLICY });
  await vscode.window.showTextDocument(document);
}

async function start() {
  const { path, enable, hints, lenses } = settings();
  if (!enable) return;
  client = new LanguageClient(
    "tracee",
    "tracee",
    { command: path, args: ["lsp"] },
    {
      documentSelector: [{ language: "tp" }],
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.tp") },
      middleware: {
        provideInlayHints: (...asked) => (hints ? asked.at(-1)(...asked.slice(0, -1)) : []),
        provideCodeLenses: (...asked) => (lenses ? asked.at(-1)(...asked.slice(0, -1)) : []),
      },
    },
  );
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const settings = "Open settings";
    const said = `\`${path} lsp\` can't be started: ${error?.message ?? "it is not there, or ended"}`;
    if ((await vscode.window.showErrorMessage(said, settings)) === settings) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "tracee.path");
    }
  }
}

/** Runs tracee over the file of a code lens, or of the editor at hand, in a terminal. */
async function run(name, uri, argumentsFor) {
  const at = uri ? vscode.Uri.parse(uri) : vscode.window.activeTextEditor?.document.uri;
  if (at?.scheme !== "file") return;
  await vscode.workspace.save(at);
  const process = new vscode.ProcessExecution(settings().path, argumentsFor(at.fsPath));
  const folder = vscode.workspace.getWorkspaceFolder(at) ?? vscode.TaskScope.Workspace;
  const task = new vscode.Task({ type: "tracee", command: name }, folder, name, "tracee", process, "$tracee");
  task.presentationOptions = { clear: true, reveal: vscode.TaskRevealKind.Always };
  await vscode.tasks.executeTask(task);
}

module.exports = { activate, deactivate };
