// Tasks of the type `tracee`: those of .vscode/tasks.json, and `check` and `test` of every folder.
"use strict";

const vscode = require("vscode");
const { taskArguments } = require("./commands.js");

const COMMANDS = ["check", "test"];

/** A task that runs tracee in a folder, or nothing if the definition makes no sense. */
function task(definition, folder, program) {
  const { command, path } = definition;
  if (!COMMANDS.includes(command) || (path !== undefined && typeof path !== "string")) return undefined;
  const options = folder.uri ? { cwd: folder.uri.fsPath } : undefined;
  const process = new vscode.ProcessExecution(program(), taskArguments(command, path), options);
  const name = path ? `${command} ${path}` : command;
  const made = new vscode.Task(definition, folder, name, "tracee", process, "$tracee");
  made.group = command === "check" ? vscode.TaskGroup.Build : vscode.TaskGroup.Test;
  return made;
}

/** `program` gives the path of tracee, which may change. */
function provider(program) {
  return {
    async provideTasks() {
      // A folder without policies needs none.
      if ((await vscode.workspace.findFiles("**/*.tp", undefined, 1)).length === 0) return [];
      const folders = vscode.workspace.workspaceFolders ?? [];
      return folders.flatMap((folder) =>
        COMMANDS.map((command) => task({ type: "tracee", command }, folder, program)),
      );
    },
    resolveTask(unresolved) {
      const folder = unresolved.scope ?? vscode.workspace.workspaceFolders?.[0];
      // What is resolved must have the definition that it was asked for with.
      return folder && task(unresolved.definition, folder, program);
    },
  };
}

module.exports = { provider };
