// Where each predicate runs, and why: what `tracee explain` says, rule by rule.

import { count, element } from "./text.js";

const WORDS = {
  exact: { label: "kernel", class: "kernel", title: "kernel, exact: only what satisfies it leaves the kernel" },
  inexact: { label: "kernel, then user", class: "both", title: "kernel, inexact: the kernel drops some of what fails it, userland decides" },
  none: { label: "user", class: "user", title: "userland: the kernel doesn't look at it" },
};

/** The plan by rules and selects, each with its events. */
function byRule(explanation) {
  const rules = new Map();
  for (const event of explanation.events) {
    for (const target of event.targets) {
      const name = target.rule ? `rule ${target.rule}` : `select of ${target.policy}`;
      const events = rules.get(name) ?? [];
      events.push({ event: event.event, target });
      rules.set(name, events);
    }
  }
  return rules;
}

function predicate(one, go) {
  const { label, class: kind, title } = WORDS[one.pushdown];
  const { place } = one;
  return element("li", {},
    element("span", { class: `hint ${kind}`, title }, `‹${label}›`),
    element("button", {
      class: "predicate", type: "button", disabled: !place,
      title: place ? `${place.file}:${place.line}:${place.column}` : undefined,
      onclick: () => go(place),
    }, one.text),
    one.exception ? element("span", { class: "exception" }, `in an exception: ${one.exception.reason}`) : null,
    element("span", { class: "reason" },
      one.pushdown === "none" ? one.reason : [one.pushdown, one.reason].filter(Boolean).join(": ")));
}

function left({ condition, residual }) {
  if (condition === null) {
    return residual ?? "always matches";
  }
  return residual === null ? "left for userland: nothing" : `left for userland: ${residual}`;
}

/** How much the kernel decides of a rule. */
function summary(events) {
  const all = events.flatMap(({ target }) => target.predicates);
  const of = (kind) => all.filter(({ pushdown }) => pushdown === kind).length;
  const parts = Object.keys(WORDS).map((kind) => [of(kind), WORDS[kind]]).filter(([number]) => number);
  return parts.map(([number, { label, class: kind }]) => element("span", { class: `hint ${kind}` }, `${number} ‹${label}›`));
}

/** Shows the plan; `go` shows a place of the policy. */
export function showPlan({ pane, total }, explanation, go) {
  const rules = byRule(explanation);
  const blocks = [...rules].map(([name, events], at) =>
    element("details", { open: at < 4 },
      element("summary", {}, element("b", {}, name), " ", summary(events)),
      events.map(({ event, target }) => element("div", { class: "event" },
        element("p", {}, "on ", element("code", {}, event)),
        element("ul", {}, target.predicates.map((one) => predicate(one, go))),
        element("p", { class: "left" }, left(target))))));
  const kernel = element("details", {},
    element("summary", {}, element("b", {}, "what the kernel passes")),
    explanation.events.map(({ event, selectors }) => element("div", { class: "event" },
      element("p", {}, element("code", {}, event), ", when any of these holds:"),
      element("ul", {}, selectors.map(({ text }) => element("li", {}, element("code", {}, text)))))));
  const { tables } = explanation;
  const sizes = `kernel tables: ${tables.bytes} bytes (${tables.field_filters} field filters, ${tables.intervals} intervals, `
    + `${tables.flag_tests} flag tests, ${tables.automata} automata with ${tables.transitions} of ${tables.max_transitions} transitions)`;
  pane.classList.remove("old");
  pane.replaceChildren(...blocks, kernel, element("p", { class: "left" }, sizes));
  total.textContent = count(rules.size, "rule");
}

/** The plan is of a text that was before: there is none while there are errors. */
export function outdatePlan({ pane, total }) {
  pane.classList.add("old");
  total.textContent = pane.childElementCount ? "of before the mistake" : "there is none with errors";
}
