// The grammar's words are the compiler's, and what the manifest names is there.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import test from "node:test";

const here = (name) => new URL(`../${name}`, import.meta.url);
const read = (name) => fs.readFileSync(here(name), "utf8");

/** What `pattern` captures in the part of a source file between two markers. */
function words(file, from, to, pattern) {
  const text = read(`../../${file}`);
  const start = text.indexOf(from);
  const end = text.indexOf(to, start);
  assert.ok(start >= 0 && end > start, `${file}: no part from ${from} to ${to}`);
  const found = [...text.slice(start, end).matchAll(pattern)].map((match) => match[1]);
  assert.ok(found.length > 0, `${file}: no words`);
  return found;
}

/** The words of the lexer. */
const lexer = () => words("lang/src/token.rs", "pub enum Token", "\n}", /#\[token\("([a-z]\w*)"\)\]/g);
const set = (list) => [...new Set(list)].sort();

test("the grammar's words are the compiler's", () => {
  const compiler = [
    ...lexer(),
    ...words("lang/src/check/schema/names.rs", "const SIMPLE", "\n];", /"(\w+)"/g),
    ...words("lang/src/hir.rs", "impl RuleSeverity", "\n}", /=> "(\w+)"/g),
    // A word of flag sets' constants, which the lexer takes as a name.
    "mask",
  ];
  const grammar = [];
  JSON.parse(read("syntaxes/tp.tmLanguage.json"), (key, value) => {
    if (key === "match" || key === "begin") {
      for (const [, list] of value.matchAll(/\\b\(([a-z0-9|]+)\)/g)) grammar.push(...list.split("|"));
    }
    return value;
  });
  assert.deepEqual(set(grammar), set(compiler));
});

test("the words of tree-sitter's grammar, and those that it colours, are the lexer's", () => {
  const grammar = JSON.parse(read("../tree-sitter-tp/src/grammar.json"));
  const used = [];
  JSON.parse(JSON.stringify(grammar.rules), (_, value) => {
    if (value?.type === "STRING" && /^[a-z]\w*$/.test(value.value)) used.push(value.value);
    return value;
  });
  assert.deepEqual(set(used), set(lexer()));
  const coloured = [...read("../tree-sitter-tp/queries/highlights.scm").matchAll(/"([a-z]\w*)"/g)];
  // `true` and `false` are coloured as what they are together.
  const booleans = ["true", "false"];
  assert.deepEqual(set([...coloured.map((match) => match[1]), ...booleans]), set(lexer()));
  const hard = grammar.reserved.global.map((word) => word.value);
  const names = words("lang/src/grammar.lalrpop", "HardWord: () = {", "};", /"(\w+)"/g);
  assert.deepEqual(set(hard), set(names));
});

test("the problem matcher reads the short format", () => {
  const [pattern] = JSON.parse(read("package.json")).contributes.problemPatterns;
  const line = "policies/a b.tp:4:10: error[TP0301]: unknown event `opnat`";
  assert.deepEqual(new RegExp(pattern.regexp).exec(line)?.slice(1), [
    "policies/a b.tp", "4", "10", "error", "TP0301", "unknown event `opnat`",
  ]);
});

test("what the manifest names is there and is JSON", () => {
  const { contributes } = JSON.parse(read("package.json"));
  const named = [
    ...contributes.languages.map((language) => language.configuration),
    ...contributes.grammars.map((grammar) => grammar.path),
    ...contributes.snippets.map((snippets) => snippets.path),
  ];
  for (const name of named) assert.doesNotThrow(() => JSON.parse(read(name)), name);
});
