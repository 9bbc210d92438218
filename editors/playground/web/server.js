// The language server's side of the editor: completion, hover, hints, colours by meaning, layout.

const FILE = "file:///policy.tp";

/** Talks the protocol with the server in a compiler's worker. */
export class Server {
  #compiler;
  #generation = 0;
  #version = 0;
  #text = null;
  #id = 0;
  #last = Promise.resolve();
  /** The kinds of coloured words, by number. */
  kinds = [];

  constructor(compiler) {
    this.#compiler = compiler;
  }

  async #send(message) {
    return this.#compiler.ask({ do: "editor", message: { jsonrpc: "2.0", ...message } });
  }

  #notify(method, params) {
    return this.#send({ method, params });
  }

  async #request(method, params) {
    const id = ++this.#id;
    const answers = await this.#send({ id, method, params });
    return answers.find((answer) => answer.id === id)?.result ?? null;
  }

  /** Tells the server what the text is, and who asks if it doesn't know yet. */
  async #tell(text) {
    const compiler = this.#compiler;
    if (this.#generation !== compiler.generation) {
      const generation = compiler.generation;
      this.#text = null;
      const markdown = { contentFormat: ["plaintext"] };
      const capabilities = {
        general: { positionEncodings: ["utf-16"] },
        textDocument: { hover: markdown, completion: { completionItem: { snippetSupport: false } } },
      };
      const answer = await this.#request("initialize", { processId: null, rootUri: null, capabilities });
      this.kinds = answer?.capabilities?.semanticTokensProvider?.legend?.tokenTypes ?? [];
      await this.#notify("initialized", {});
      this.#generation = generation;
    }
    if (this.#text === text) {
      return;
    }
    const version = ++this.#version;
    if (this.#text === null) {
      const textDocument = { uri: FILE, languageId: "tp", version, text };
      await this.#notify("textDocument/didOpen", { textDocument });
    } else {
      const textDocument = { uri: FILE, version };
      await this.#notify("textDocument/didChange", { textDocument, contentChanges: [{ text }] });
    }
    this.#text = text;
  }

  /** Asks something of a text. What is asked meanwhile waits, so that all see the text they are about. */
  ask(text, method, params = {}) {
    const ask = async () => {
      await this.#tell(text);
      return this.#request(`textDocument/${method}`, { textDocument: { uri: FILE }, ...params });
    };
    const asked = this.#last.then(ask);
    this.#last = asked.catch(() => {});
    return asked;
  }
}

/** An editor's offset as the protocol's position, and back. */
export function position(doc, offset) {
  const line = doc.lineAt(offset);
  return { line: line.number - 1, character: offset - line.from };
}

export function offset(doc, { line, character }) {
  if (line >= doc.lines) {
    return doc.length;
  }
  const at = doc.line(line + 1);
  return Math.min(at.from + character, at.to);
}
