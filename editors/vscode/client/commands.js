// What `tracee` is called with for the commands of code lenses.
"use strict";

/** Matches just this text. */
function literally(text) {
  return text.replace(/[\\^$.*+?()[\]{}|#&~\s-]/g, (letter) =>
    letter === " " ? letter : `\\${letter}`,
  );
}

/** One test of a file by its title, or all of them. */
function testArguments(path, title) {
  const filter = title ? ["--filter", `: ${literally(title)}$`] : [];
  return ["test", ...filter, "--", path];
}

function explainArguments(path) {
  return ["explain", "--", path];
}

/** A task over a file or a folder, which is the one it is run in if none is named. */
function taskArguments(command, path) {
  const format = command === "check" ? ["--format", "short"] : [];
  return [command, ...format, "--", path || "."];
}

module.exports = { explainArguments, taskArguments, testArguments };
