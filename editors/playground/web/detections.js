// What a policy said of a recording.

import { count, element } from "./text.js";

/** Rows that are shown: more only make the page slow. */
const MAX_ROWS = 500;

function time(nanoseconds) {
  // JSON's numbers lose the last digits, which are below a microsecond.
  const date = new Date(Number(nanoseconds) / 1e6);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(11, 23);
}

function row(line) {
  const found = line.type === "detection";
  const event = found ? line.event : line;
  const title = found ? line.title ?? line.rule : event.eventName;
  return element("details", { class: found ? `detection severity-${line.severity ?? "none"}` : "selected" },
    element("summary", {},
      element("time", {}, time(event.timestamp)),
      found ? element("span", { class: "level" }, line.severity ?? "–") : element("span", { class: "level" }, "event"),
      element("b", {}, title),
      element("span", { class: "message" }, found ? line.message ?? "" : ""),
      element("span", { class: "process" }, `${event.processName}[${event.hostProcessId}]`)),
    found ? element("p", { class: "facts" },
      element("code", {}, line.rule), " on ", element("code", {}, event.eventName),
      line.attack?.length ? ` · ATT&CK ${line.attack.join(", ")}` : "",
      line.complete ? "" : ` · data incomplete, ${line.lost} lost`) : null,
    element("pre", { tabindex: "0" }, JSON.stringify(line, null, 2)));
}

/** Shows what a run found. */
export function showRun({ pane, total, summary }, ran, file) {
  const lines = ran.output.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const found = lines.filter(({ type }) => type === "detection");
  const events = lines.filter(({ type }) => type !== "detection");
  const shown = found.slice(0, MAX_ROWS);
  const cut = found.length > shown.length || ran.left_out > 0;
  pane.replaceChildren(
    ran.failure ? element("p", { class: "failure", role: "alert" }, `not read to its end: ${ran.failure}`) : "",
    ...ran.not_recorded.map((event) => element("p", { class: "note" },
      `the event ${event} was not asked for when ${file} was recorded: it has none`)),
    ...shown.map(row),
    cut ? element("p", { class: "note" }, `only ${shown.length} are shown`) : "",
    found.length ? "" : element("p", { class: "note" }, "no rule matched"),
    events.length ? element("details", { class: "events" },
      element("summary", {}, `${count(events.length, "selected event")}`),
      events.slice(0, MAX_ROWS).map(row)) : "");
  total.textContent = count(found.length, "detection");
  total.dataset.state = found.length ? "found" : "good";
  summary.textContent = ran.said.join("\n");
  summary.hidden = false;
}

/** Says why there is nothing to show. */
export function showFailure({ pane, total, summary }, message) {
  pane.replaceChildren(element("p", { class: "failure", role: "alert" }, message));
  total.textContent = "not run";
  total.dataset.state = "error";
  summary.hidden = true;
}
