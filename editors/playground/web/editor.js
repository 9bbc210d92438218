// The editor: CodeMirror, with what the compiler knows of the text put into it.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, toggleLineComment } from "@codemirror/commands";
import { bracketMatching, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration, EditorView, WidgetType, drawSelection, highlightActiveLine, highlightActiveLineGutter,
  hoverTooltip, keymap, lineNumbers,
} from "@codemirror/view";

import { element } from "./text.js";
import { offset, position } from "./server.js";

/** Of the style sheets that the editor makes; index.html allows it. */
const NONCE = "editor";

const setColours = StateEffect.define();
const setHints = StateEffect.define();

/** Decorations that stay at their words until newer ones come. */
function decorations(effect) {
  return StateField.define({
    create: () => Decoration.none,
    update(value, transaction) {
      const moved = value.map(transaction.changes);
      return transaction.effects.reduce((last, one) => (one.is(effect) ? one.value : last), moved);
    },
    provide: (field) => EditorView.decorations.from(field),
  });
}

class Hint extends WidgetType {
  constructor(text, title) {
    super();
    this.text = text;
    this.title = title;
  }

  eq(other) {
    return other.text === this.text && other.title === this.title;
  }

  toDOM() {
    const kind = this.text.includes("kernel") ? (this.text.includes("user") ? "both" : "kernel") : "user";
    return element("span", { class: `hint ${kind}`, title: this.title }, this.text);
  }
}

const COMPLETION_KINDS = {
  2: "method", 3: "function", 5: "property", 6: "variable", 7: "class", 8: "interface", 9: "namespace",
  10: "property", 14: "keyword", 15: "text", 20: "enum", 21: "constant", 23: "type",
};

function words(documentation) {
  return typeof documentation === "string" ? documentation : documentation?.value ?? "";
}

/** Makes the editor in `parent`. `changed` is called after each edit, `server` is asked while one types. */
export function makeEditor(parent, { server, changed, text }) {
  const completions = async (context) => {
    const word = context.matchBefore(/[\w.]*$/);
    if (!context.explicit && !word?.text) {
      return null;
    }
    const { doc } = context.state;
    const params = { position: position(doc, context.pos) };
    const found = await server.ask(doc.toString(), "completion", params).catch(() => null);
    const items = Array.isArray(found) ? found : found?.items;
    if (!items?.length || context.aborted) {
      return null;
    }
    const options = items.map((item, at) => ({
      label: item.label,
      detail: item.detail ?? item.labelDetails?.description,
      type: COMPLETION_KINDS[item.kind],
      info: words(item.documentation) || undefined,
      boost: -Math.min(at, 99),
      apply: item.textEdit || item.additionalTextEdits ? (view, _, from, to) => apply(view, item, from, to) : item.insertText,
    }));
    const typed = context.matchBefore(/\w*$/);
    return { from: typed?.from ?? context.pos, options, validFor: /^\w*$/ };
  };

  const apply = (view, item, from, to) => {
    const doc = view.state.doc;
    const edit = item.textEdit;
    const range = edit?.range ?? edit?.insert;
    const main = range
      ? { from: offset(doc, range.start), to: Math.max(to, offset(doc, range.end)), insert: edit.newText }
      : { from, to, insert: item.insertText ?? item.label };
    const others = (item.additionalTextEdits ?? []).map((other) => ({
      from: offset(doc, other.range.start), to: offset(doc, other.range.end), insert: other.newText,
    }));
    const changes = view.state.changes([main, ...others]);
    view.dispatch({ changes, selection: { anchor: changes.mapPos(main.to, 1) }, userEvent: "input.complete" });
  };

  const hover = hoverTooltip(async (view, at) => {
    const { doc } = view.state;
    const said = await server.ask(doc.toString(), "hover", { position: position(doc, at) }).catch(() => null);
    if (!said || view.state.doc !== doc) {
      return null;
    }
    const { contents, range } = said;
    const dom = element("div", { class: "hover" }, words(contents).replaceAll("```tp\n", "").replaceAll("```", ""));
    const pos = range ? offset(doc, range.start) : at;
    return { pos, end: range ? offset(doc, range.end) : at, above: true, create: () => ({ dom }) };
  });

  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(NONCE),
        EditorView.contentAttributes.of({ "aria-label": "Policy", spellcheck: "false" }),
        lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), drawSelection(), history(),
        bracketMatching(), closeBrackets(), highlightSelectionMatches(), lintGutter(),
        indentUnit.of("  "), EditorState.tabSize.of(2), EditorView.lineWrapping,
        EditorState.languageData.of(() => [{ commentTokens: { line: "//" } }]),
        autocompletion({ override: [completions] }), hover,
        decorations(setColours), decorations(setHints),
        keymap.of([
          { key: "Mod-/", run: toggleLineComment },
          ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap,
          ...lintKeymap, indentWithTab,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) {
            changed();
          }
        }),
      ],
    }),
  });
  return new Editor(view);
}

/** What the rest of the page does with it. */
class Editor {
  constructor(view) {
    this.view = view;
  }

  get text() {
    return this.view.state.doc.toString();
  }

  /** Another policy. */
  replace(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, selection: { anchor: 0 }, scrollIntoView: true });
  }

  /** Edits of the text as it is, by offsets. */
  edit(changes) {
    this.view.dispatch({ changes, scrollIntoView: true });
    this.view.focus();
  }

  /** Shows a place, and what is there. */
  select(from, to = from) {
    const { length } = this.view.state.doc;
    const selection = { anchor: Math.min(from, length), head: Math.min(to, length) };
    this.view.dispatch({ selection, effects: EditorView.scrollIntoView(selection.anchor, { y: "center" }) });
    this.view.focus();
  }

  /** The offset of a line and a column that count characters from 1. */
  offsetOf(line, column) {
    const { doc } = this.view.state;
    if (line < 1 || line > doc.lines) {
      return doc.length;
    }
    const { from, text } = doc.line(line);
    return from + [...text].slice(0, column - 1).join("").length;
  }

  diagnostics(diagnostics) {
    this.view.dispatch(setDiagnostics(this.view.state, diagnostics));
  }

  /** Colours of `{ from, to, kind }`. */
  colours(words) {
    const ranges = words.filter(({ from, to }) => from < to && to <= this.view.state.doc.length)
      .map(({ from, to, kind }) => Decoration.mark({ class: `word-${kind}` }).range(from, to));
    this.view.dispatch({ effects: setColours.of(Decoration.set(ranges, true)) });
  }

  /** Hints of the protocol. */
  hints(hints) {
    const { doc } = this.view.state;
    const ranges = hints.map((hint) => {
      const label = typeof hint.label === "string" ? hint.label : hint.label.map((part) => part.value).join("");
      const widget = new Hint(label.trim(), words(hint.tooltip));
      return Decoration.widget({ widget, side: 1 }).range(offset(doc, hint.position));
    });
    this.view.dispatch({ effects: setHints.of(Decoration.set(ranges, true)) });
  }
}
