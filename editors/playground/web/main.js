// The page: what is edited is looked at after each pause, and run on recordings when it is told to.

import { Compiler, Outdated, Refused, Stopped, fetchModule } from "./compiler.js";
import { showFailure, showRun } from "./detections.js";
import { showDiagnostics } from "./diagnostics.js";
import { makeEditor } from "./editor.js";
import { outdatePlan, showPlan } from "./plan.js";
import { Server } from "./server.js";
import { pack, unpack } from "./share.js";
import { Offsets, element } from "./text.js";

const FILE = "policy.tp";
/** How long nothing must be typed, in milliseconds. */
const PAUSE = 120;
/** How long an outdated look may go on, in milliseconds. */
const PATIENCE = 400;
/** The largest file that a page can hold some times. */
const MAX_FILE = 256 * 1024 * 1024;

const at = (id) => document.getElementById(id);
const status = at("status");
const runView = { pane: at("run-pane"), total: at("run-total"), summary: at("summary") };
const planView = { pane: at("plan-pane"), total: at("plan-total") };

let editor;
let typing;
let running;
let server;

/** Says what should not have happened; nothing takes it away. */
function alarm(message) {
  const banner = at("banner");
  banner.textContent = message;
  banner.hidden = false;
}

function report(error) {
  if (error instanceof Outdated) {
    return;
  }
  if (error instanceof Stopped) {
    alarm(`the compiler stopped, and was started again: ${error.message}\nThis is a defect of tracee: please report it, with the policy.`);
    return;
  }
  alarm(error instanceof Refused ? error.message : `the page failed: ${error.message ?? error}`);
}

function policy(text) {
  return { name: FILE, text, now: Date.now() };
}

let pause;
/** Look at the text soon; what is looked at now is of no use any more. */
function changed() {
  clearTimeout(pause);
  pause = setTimeout(look, PAUSE);
  status.textContent = "checking …";
}

async function look() {
  const { text } = editor;
  // What is asked about an older text and takes long is ended.
  await typing.idle(PATIENCE);
  if (editor.text !== text) {
    return; // another look is on its way
  }
  typing.cancel();
  try {
    const began = performance.now();
    const looked = await typing.ask({ do: "look", policy: policy(text) });
    if (editor.text !== text) {
      return;
    }
    showDiagnostics({ editor, list: at("diagnostics-list"), total: at("diagnostics-total"), file: FILE, showPage }, text, looked.diagnostics);
    if (looked.explanation) {
      showPlan(planView, looked.explanation, ({ line, column }) => editor.select(editor.offsetOf(line, column)));
    } else {
      outdatePlan(planView);
    }
    at("start").disabled = looked.explanation === null;
    status.textContent = `checked in ${Math.max(1, Math.round(performance.now() - began))} ms`;
    await colour(text, looked.words);
  } catch (error) {
    status.textContent = "";
    report(error);
  }
}

/** Colours by the lexer's words and by what names mean, and who decides each predicate. */
async function colour(text, lexed) {
  const offsets = new Offsets(text);
  const words = lexed.map(({ start, end, kind }) => ({ from: offsets.at(start), to: offsets.at(end), kind }));
  const [tokens, hints] = await Promise.all([
    server.ask(text, "semanticTokens/full"),
    server.ask(text, "inlayHint", { range: { start: { line: 0, character: 0 }, end: { line: 1 << 30, character: 0 } } }),
  ]);
  if (editor.text !== text) {
    return;
  }
  const { doc } = editor.view.state;
  let [line, character] = [0, 0];
  const data = tokens?.data ?? [];
  for (let next = 0; next + 4 < data.length; next += 5) {
    const [lines, characters, length, kind] = data.slice(next, next + 4);
    [line, character] = lines ? [line + lines, characters] : [line, character + characters];
    const from = doc.line(line + 1).from + character;
    words.push({ from, to: from + length, kind: server.kinds[kind] });
  }
  editor.colours(words);
  editor.hints(hints ?? []);
}

async function showPage(code) {
  try {
    const page = await typing.ask({ do: "page", code });
    at("page-title").textContent = `${page.code}: ${page.title}`;
    at("page-text").textContent = page.page;
    at("page").showModal();
  } catch (error) {
    report(error);
  }
}

async function format() {
  try {
    const { text } = editor;
    const edits = await server.ask(text, "formatting", { options: { tabSize: 2, insertSpaces: true } });
    if (!edits || editor.text !== text) {
      return;
    }
    const { doc } = editor.view.state;
    const offset = ({ line, character }) => (line >= doc.lines ? doc.length : doc.line(line + 1).from + character);
    editor.edit(edits.map(({ range, newText }) => ({ from: offset(range.start), to: offset(range.end), insert: newText })));
  } catch (error) {
    report(error);
  }
}

async function share() {
  const fragment = await pack(editor.text);
  if (fragment === null) {
    status.textContent = "the policy is too long for a link";
    return;
  }
  history.replaceState(null, "", fragment);
  try {
    await navigator.clipboard.writeText(location.href);
    status.textContent = "the link is copied";
  } catch {
    status.textContent = "the link is in the address bar";
  }
}

/** Files that the visitor brought, by name; they stay here. */
const own = new Map();

async function recording() {
  const { value } = at("recordings");
  if (own.has(value)) {
    return { file: value, bytes: own.get(value) };
  }
  const response = await fetch(value);
  if (!response.ok) {
    throw new Refused(`${value} can't be read: ${response.status} ${response.statusText}`);
  }
  return { file: value.split("/").pop(), bytes: new Uint8Array(await response.arrayBuffer()) };
}

async function run() {
  if (running.busy) {
    return;
  }
  at("start").hidden = true;
  at("stop").hidden = false;
  runView.total.textContent = "running …";
  try {
    const { file, bytes } = await recording();
    showRun(runView, await running.ask({ do: "run", policy: policy(editor.text), file }, bytes), file);
  } catch (error) {
    showFailure(runView, error instanceof Outdated ? "stopped" : error.message);
    if (!(error instanceof Refused)) {
      report(error);
    }
  }
  at("start").hidden = false;
  at("stop").hidden = true;
}

/** Takes a file of the visitor's. */
async function take(file) {
  if (file.size > MAX_FILE) {
    showFailure(runView, `${file.name} has ${file.size} bytes: at most ${MAX_FILE} fit into a page. Replay it with \`tracee run --replay\`.`);
    return;
  }
  if (file.name.endsWith(".tp")) {
    editor.replace(await file.text());
    return;
  }
  own.set(file.name, new Uint8Array(await file.arrayBuffer()));
  const recordings = at("recordings");
  if (![...recordings.options].some(({ value }) => value === file.name)) {
    recordings.append(element("option", { value: file.name }, file.name));
  }
  recordings.value = file.name;
  if (!at("start").disabled) {
    await run();
  }
}

function bringFiles() {
  at("file").addEventListener("change", ({ target }) => {
    const [file] = target.files;
    target.value = "";
    if (file) {
      take(file).catch(report);
    }
  });
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  addEventListener("dragleave", () => document.body.classList.remove("dropping"));
  addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    const [file] = event.dataTransfer?.files ?? [];
    if (file) {
      event.preventDefault();
      take(file).catch(report);
    }
  }, { capture: true });
}

async function read(url) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url}: ${response.status} ${response.statusText}`);
  }
  return response;
}

async function open(policyOf) {
  editor.replace(await (await read(policyOf.policy)).text());
  if (policyOf.recording) {
    at("recordings").value = policyOf.recording;
  }
}

async function main() {
  const [module, examples] = await Promise.all([
    fetchModule("playground.wasm"),
    read("examples.json").then((response) => response.json()),
  ]);
  typing = new Compiler(module);
  running = new Compiler(module);
  server = new Server(typing);
  const menu = at("examples");
  menu.append(...examples.policies.map(({ name }, index) => element("option", { value: index }, name)));
  at("recordings").append(...examples.recordings.map(({ name, file }) => element("option", { value: file }, name)));
  const shared = await unpack(location.hash).catch((error) => {
    alarm(`the policy in the address can't be read: ${error.message}`);
    return null;
  });
  const [first] = examples.policies;
  const text = shared ?? (await (await read(first.policy)).text());
  editor = makeEditor(at("editor"), { server, changed, text });
  if (shared !== null) {
    menu.prepend(element("option", { value: "" }, "from the link"));
    menu.value = "";
  }
  menu.addEventListener("change", () => {
    const chosen = examples.policies[menu.value];
    if (chosen) {
      open(chosen).catch(report);
    }
  });
  at("format").addEventListener("click", format);
  at("share").addEventListener("click", () => share().catch(report));
  at("start").addEventListener("click", run);
  at("stop").addEventListener("click", () => running.cancel());
  bringFiles();
  await look();
}

addEventListener("unhandledrejection", ({ reason }) => report(reason));
main().catch((error) => {
  status.textContent = "";
  alarm(`the playground can't start: ${error.message}`);
});
