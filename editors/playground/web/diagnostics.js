// What is wrong, as a list below the editor and as marks in it.

import { Offsets, count, element } from "./text.js";

/** So many are shown: more only make the page slow. */
const MAX_SHOWN = 100;

/** The primary label of a diagnostic: where the mistake is. */
function primary(diagnostic) {
  return diagnostic.labels.find((label) => label.primary) ?? diagnostic.labels[0];
}

/** A fix's edits as changes of the editor; null if it touches another file. */
function changes(fix, offsets, file) {
  if (fix.edits.some((edit) => edit.file !== file)) {
    return null;
  }
  return fix.edits.map((edit) => ({
    from: offsets.at(edit.start.byte), to: offsets.at(edit.end.byte), insert: edit.text,
  }));
}

/** Shows the diagnostics of `text`, which is what the editor has. */
export function showDiagnostics({ editor, list, total, file, showPage }, text, diagnostics) {
  const offsets = new Offsets(text);
  const marks = [];
  const items = diagnostics.slice(0, MAX_SHOWN).map((diagnostic) => {
    const label = primary(diagnostic);
    const here = label?.file === file;
    const from = here ? offsets.at(label.start.byte) : 0;
    const to = here ? offsets.at(label.end.byte) : 0;
    const fixes = diagnostic.fixes.flatMap((fix) => {
      const edits = changes(fix, offsets, file);
      return edits ? [{ title: fix.title, apply: () => editor.edit(edits) }] : [];
    });
    marks.push({
      from, to, severity: diagnostic.severity, source: diagnostic.code, message: diagnostic.message,
      actions: fixes.map(({ title, apply }) => ({ name: title, apply })),
    });
    return item(diagnostic, label, fixes, () => editor.select(from, to), showPage);
  });
  marks.sort((a, b) => a.from - b.from);
  editor.diagnostics(marks);
  const others = diagnostics.length - items.length;
  list.replaceChildren(...items, others ? element("li", { class: "note" }, `and ${others} more`) : "");
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const parts = [errors && count(errors, "error"), warnings && count(warnings, "warning")].filter(Boolean);
  total.textContent = parts.join(", ") || "nothing is wrong";
  total.dataset.state = errors ? "error" : warnings ? "warning" : "good";
}

function item(diagnostic, label, fixes, go, showPage) {
  const { code, severity, message, help, notes } = diagnostic;
  const place = label ? `${label.file}:${label.start.line}:${label.start.column}` : "";
  const said = (title, text) => (text ? element("p", { class: "said" }, element("b", {}, title), text) : null);
  return element("li", { class: severity },
    element("p", {},
      element("button", { class: "place", type: "button", onclick: go }, place), " ",
      element("span", { class: "severity" }, severity),
      element("button", { class: "code", type: "button", title: `What ${code} is`, onclick: () => showPage(code) }, code),
      " ", element("span", { class: "message" }, message)),
    label?.text ? element("p", { class: "said" }, label.text) : null,
    diagnostic.labels.filter((other) => other !== label && other.text)
      .map((other) => said(`${other.start.line}:${other.start.column}  `, other.text)),
    said("help: ", help),
    notes.map((note) => said("note: ", note)),
    fixes.length
      ? element("p", { class: "fixes" }, fixes.map(({ title, apply }) =>
        element("button", { class: "fix", type: "button", onclick: apply }, title)))
      : null);
}
