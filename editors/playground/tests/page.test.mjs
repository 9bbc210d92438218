// The playground as a visitor meets it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { looked, open, root, start, write } from "./browser.mjs";

const RECORDING = "examples/recordings/intrusion.trec";
const MISTAKE = `policy demo {
  rule shell {
    on sched_process_exce
    where pathname == "/usr/bin/sh";
  }
}
`;

let browser;
let url;
let stop;

before(async () => ({ browser, url, stop } = await start()));
after(() => stop?.());

const total = (page) => page.locator("#diagnostics-total");

test("a mistake is seen where it is, and a click mends it", async () => {
  const { page, troubles } = await open(browser, url);
  assert.equal(await total(page).textContent(), "nothing is wrong");
  await write(page, MISTAKE);
  const item = page.locator("#diagnostics-list li.error").first();
  await item.waitFor();
  assert.equal(await item.locator(".place").textContent(), "policy.tp:3:8");
  assert.match(await item.locator(".code").textContent(), /^TP\d{4}$/);
  assert.match(await item.locator(".message").textContent(), /sched_process_exce/);
  await page.locator(".cm-lintRange-error").first().waitFor();
  assert.equal(await page.locator("#start").isDisabled(), true);
  await item.locator(".fix", { hasText: "sched_process_exec" }).click();
  await page.locator("#diagnostics-list li.error").first().waitFor({ state: "detached" });
  assert.match(await page.locator(".cm-content").innerText(), /on sched_process_exec\b/);
  await page.locator("#plan-pane:not(.old) summary", { hasText: "rule demo.shell" }).waitFor();
  assert.deepEqual(troubles, []);
});

test("the page of a code is shown", async () => {
  const { page } = await open(browser, url);
  await write(page, MISTAKE);
  const code = page.locator("#diagnostics-list .code").first();
  await code.waitFor();
  const name = await code.textContent();
  await code.click();
  await page.locator("#page[open] #page-title", { hasText: name }).waitFor();
});

test("the plan says what tracee explain says", async () => {
  const { page } = await open(browser, url);
  const policy = "examples/policies/quickstart.tp";
  const explained = JSON.parse(execFileSync(tracee(), ["explain", "--format", "json", policy], { cwd: root, stdio: ["ignore", "pipe", "ignore"] }));
  const expected = new Map();
  for (const { targets } of explained.events) {
    for (const { predicates } of targets) {
      for (const { text, pushdown, reason } of predicates) {
        const label = { exact: "‹kernel›", inexact: "‹kernel, then user›", none: "‹user›" }[pushdown];
        const line = `${label} ${text} ${pushdown === "none" ? reason : [pushdown, reason].filter(Boolean).join(": ")}`;
        expected.set(line, (expected.get(line) ?? 0) + 1);
      }
    }
  }
  const items = await page.locator("#plan-pane .event li:has(.predicate)").evaluateAll((all) =>
    all.map((item) => [".hint", ".predicate", ".reason"].map((part) => item.querySelector(part).textContent).join(" ")));
  const found = new Map();
  for (const line of items) {
    found.set(line, (found.get(line) ?? 0) + 1);
  }
  assert.deepEqual([...found].sort(), [...expected].sort());
});

test("the recording gives the detections of tracee run --replay", async () => {
  const { page, troubles } = await open(browser, url);
  await page.locator("#start").click();
  await page.locator("#summary").waitFor();
  const output = execFileSync(tracee(), ["run", "examples/policies/quickstart.tp", "--replay", RECORDING, "--output", "json"],
    { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const lines = output.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const expected = lines.filter(({ type }) => type === "detection").map(({ title, message }) => [title, message ?? ""]);
  assert.notEqual(expected.length, 0);
  const found = await page.locator("#run-pane > .detection > summary").evaluateAll((all) =>
    all.map((one) => [one.querySelector("b").textContent, one.querySelector(".message").textContent]));
  assert.deepEqual(found, expected);
  assert.match(await page.locator("#run-total").textContent(), new RegExp(`^${expected.length} detections`));
  assert.deepEqual(troubles, []);
});

test("every example opens without a mistake, and runs", async () => {
  const { page, troubles } = await open(browser, url);
  const options = await page.locator("#examples option").count();
  for (let index = 0; index < options; index++) {
    await page.locator("#status").evaluate((status) => { status.textContent = ""; });
    await page.locator("#examples").selectOption({ index });
    await looked(page);
    assert.equal(await page.locator("#diagnostics-list li.error").count(), 0, `example ${index}`);
    await page.locator("#run-total").evaluate((output) => { output.textContent = ""; });
    await page.locator("#start").click();
    await page.locator("#run-total", { hasText: /detections?$/ }).waitFor();
  }
  assert.deepEqual(troubles, []);
});

test("a broken recording that is dropped is refused by its name", async () => {
  const { page } = await open(browser, url);
  const bytes = [...readFileSync(join(root, RECORDING)).subarray(0, 200)];
  const dataTransfer = await page.evaluateHandle((content) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(content)], "broken.trec"));
    return transfer;
  }, bytes);
  await page.dispatchEvent("main", "drop", { dataTransfer });
  const failure = page.locator("#run-pane .failure");
  await failure.waitFor();
  assert.match(await failure.textContent(), /broken\.trec.*header/);
  assert.equal(await page.locator("#banner").isVisible(), false);
  // JSON lines with a bad one among them are read on, and it is said.
  const good = readFileSync(join(root, "examples/policies/ci_runner/events.jsonl"), "utf8");
  await page.locator("#file").setInputFiles({ name: "mine.jsonl", mimeType: "application/json", buffer: Buffer.from(`${good}no event\n`) });
  await page.locator("#summary", { hasText: /mine\.jsonl/ }).waitFor();
});

test("a link brings the policy along, and a damaged one is said", async () => {
  const { page } = await open(browser, url);
  await write(page, "// größer 😀\npolicy linked { select openat; }\n");
  await page.locator("#plan-pane:not(.old)", { hasText: "select of linked" }).waitFor();
  await page.locator("#share").click();
  await page.waitForURL(/#policy=/);
  const other = await open(browser, page.url());
  assert.match(await other.page.locator(".cm-content").innerText(), /größer 😀\npolicy linked/);
  const damaged = await open(browser, `${url}#policy=AAAA____`);
  await damaged.page.locator("#banner", { hasText: "can't be read" }).waitFor();
});

test("words are completed and explained", async () => {
  const { page, troubles } = await open(browser, url);
  await write(page, "policy demo {\n  select sched_process_ex");
  await page.keyboard.press("Control+Space");
  await page.locator(".cm-tooltip-autocomplete li", { hasText: "sched_process_exec" }).first().waitFor();
  await page.keyboard.press("Escape");
  await write(page, "policy demo {\n  select openat;\n}\n");
  await looked(page);
  await page.locator(".word-event", { hasText: "openat" }).hover();
  await page.locator(".hover", { hasText: "openat" }).waitFor();
  assert.deepEqual(troubles, []);
});

test("whatever is typed, the page goes on", async () => {
  const { page, troubles } = await open(browser, url);
  const texts = ["(", "[", "{", "\"", "policy p { rule r { on openat where ("].map((piece) => piece.repeat(1_000 / piece.length));
  texts.push("\u0000😀é\"{;".repeat(140), "policy p { select openat; }\n".repeat(300));
  for (const text of texts) {
    await write(page, text);
  }
  await write(page, "policy last { select openat; }\n");
  await page.locator("#plan-pane:not(.old)", { hasText: "select of last" }).waitFor();
  await looked(page);
  assert.equal(await page.locator("#banner").isVisible(), false, await page.locator("#banner").textContent());
  for (const text of texts.slice(0, 6)) {
    await write(page, text);
    await page.locator("#diagnostics-total", { hasText: /error/ }).waitFor();
    await looked(page);
  }
  assert.equal(await page.locator("#banner").isVisible(), false, await page.locator("#banner").textContent());
  assert.deepEqual(troubles, []);
});

/** A module with the compiler's functions, which stops when it is asked something. */
function stoppingModule() {
  const section = (id, ...content) => [id, content.length, ...content];
  const name = (text) => [text.length, ...Buffer.from(text)];
  const kinds = { start: 0, request: 1, attach: 1, answer: 2, answered: 2, answer_length: 2 };
  const names = Object.keys(kinds);
  const bodies = names.map((one) => (one === "start" ? [2, 0, 0x0b] : one === "answer" ? [3, 0, 0x00, 0x0b] : [4, 0, 0x41, 0, 0x0b]));
  return Buffer.from([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, 3, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 0, 1, 0x7f),
    ...section(3, names.length, ...names.map((one) => kinds[one])),
    ...section(5, 1, 0, 1),
    ...section(7, names.length + 1, ...name("memory"), 2, 0, ...names.flatMap((one, index) => [...name(one), 0, index])),
    ...section(10, names.length, ...bodies.flat()),
  ]);
}

test("a compiler that stops is said, and started again", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route("**/playground.wasm", (route) => route.fulfill({ body: stoppingModule() }));
  await page.goto(url);
  await page.locator("#banner", { hasText: "the compiler stopped, and was started again" }).waitFor();
  await page.locator("#banner").evaluate((banner) => { banner.hidden = true; });
  await write(page, "policy p { select openat; }");
  await page.locator("#banner", { hasText: "unreachable" }).waitFor();
});

test("it fits a phone, and the dark", async () => {
  const { page, troubles } = await open(browser, url, { viewport: { width: 390, height: 800 }, colorScheme: "dark" });
  await page.locator("#start").click();
  await page.locator("#summary").waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the screen");
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(ground, "rgb(20, 23, 28)");
  assert.deepEqual(troubles, []);
});

/** The command line, to compare with. */
function tracee() {
  const path = process.env.TRACEE;
  assert.ok(path, "TRACEE must be the path of the program `tracee`");
  return path;
}
