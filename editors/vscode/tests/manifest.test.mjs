// What the manifest promises is there: files, commands, settings, tasks.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import test from "node:test";

const here = (name) => new URL(`../${name}`, import.meta.url);
const read = (name) => fs.readFileSync(here(name), "utf8");
const manifest = JSON.parse(read("package.json"));
const { contributes } = manifest;
const client = fs
  .readdirSync(here("client"))
  .map((name) => read(`client/${name}`))
  .join("\n");
const found = (pattern, text = client) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]))].sort();

test("every file that is named exists", () => {
  const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
  const named = [
    manifest.icon,
    ...contributes.languages.flatMap(({ configuration, icon }) => [configuration, icon.light, icon.dark]),
    ...contributes.grammars.map((grammar) => grammar.path),
    ...contributes.snippets.map((snippets) => snippets.path),
    ...steps.map((step) => step.media.markdown),
  ];
  for (const name of named) assert.ok(fs.statSync(here(name)).size > 0, name);
  const icon = fs.readFileSync(here(manifest.icon));
  assert.equal(icon.toString("latin1", 1, 4), "PNG");
  assert.deepEqual([icon.readUInt32BE(16), icon.readUInt32BE(20)], [128, 128]);
});

test("the commands are those that the client has", () => {
  const declared = contributes.commands.map((one) => one.command).sort();
  assert.deepEqual(declared, found(/\bcommand\("(tracee\.\w+)"/g));
  const palette = contributes.menus.commandPalette.map((one) => one.command);
  const walkthroughs = JSON.stringify(contributes.walkthroughs);
  const used = [...palette, ...found(/command:(tracee\.\w+)/g, walkthroughs), ...found(/onCommand:(tracee\.\w+)/g, walkthroughs)];
  for (const command of used) assert.ok(declared.includes(command), command);
});

test("the settings are those that the client reads", () => {
  const declared = Object.keys(contributes.configuration.properties).sort();
  // The client library reads the last one.
  const reads = [...found(/\ball\.get\("([\w.]+)"\)/g).map((name) => `tracee.${name}`), "tracee.trace.server"].sort();
  assert.deepEqual(declared, reads);
  const walkthroughs = JSON.stringify(contributes.walkthroughs);
  for (const setting of found(/onSettingChanged:([\w.]+)/g, walkthroughs)) assert.ok(declared.includes(setting), setting);
});

test("the tasks are those that the client makes", () => {
  const [definition] = contributes.taskDefinitions;
  assert.equal(contributes.taskDefinitions.length, 1);
  assert.deepEqual(definition.required, ["command"]);
  const [, commands] = /const COMMANDS = (\[.*\]);/.exec(client);
  assert.deepEqual(definition.properties.command.enum, JSON.parse(commands));
  assert.ok(client.includes(`"$${contributes.problemMatchers[0].name}"`));
  assert.ok(manifest.activationEvents.includes(`onTaskType:${definition.type}`));
});

test("a policy is formatted when it is saved, by this extension", () => {
  const defaults = contributes.configurationDefaults["[tp]"];
  assert.equal(defaults["editor.formatOnSave"], true);
  assert.equal(defaults["editor.defaultFormatter"], `${manifest.publisher}.${manifest.name}`);
});

test("lines are indented and folded as the formatter lays them out", () => {
  const { indentationRules, folding, onEnterRules } = JSON.parse(read("language-configuration.json"));
  const increase = new RegExp(indentationRules.increaseIndentPattern);
  const decrease = new RegExp(indentationRules.decreaseIndentPattern);
  for (const line of ["policy p {", "  rule r { // why", '  on openat where pathname in [', 'list l: string = ["{", [']) {
    assert.match(line, increase);
  }
  for (const line of ["policy p { }", "// policy p {", '  title "{";', "  severity high;"]) {
    assert.doesNotMatch(line, increase);
  }
  for (const line of ["}", "  ];", "  ) and x;"]) assert.match(line, decrease);
  assert.doesNotMatch("  severity high;", decrease);
  const [start, end] = [folding.markers.start, folding.markers.end].map((one) => new RegExp(one));
  assert.match("  // #region network", start);
  assert.match("  // #endregion", end);
  const doc = new RegExp(onEnterRules[0].beforeText);
  assert.match("  /// What it watches.", doc);
  assert.doesNotMatch("//// a ruler", doc);
});
