// Places: the compiler counts bytes of UTF-8, the editor UTF-16 units.

/** The offsets of one text. */
export class Offsets {
  #units;
  #bytes;
  #length;

  constructor(text) {
    this.#length = text.length;
    const bytes = new TextEncoder().encode(text);
    if (bytes.length === text.length) {
      return; // all of it is ASCII
    }
    this.#bytes = bytes.length;
    const units = new Uint32Array(bytes.length + 1);
    let unit = 0;
    for (let at = 0; at < bytes.length; at++) {
      units[at] = unit;
      const byte = bytes[at];
      // A character begins where no continuation byte is; the longest ones are two units.
      const next = bytes[at + 1];
      if (next === undefined || (next & 0xc0) !== 0x80) {
        unit += 1;
      }
      if (byte >= 0xf0) {
        unit += 1;
      }
    }
    units[bytes.length] = unit;
    this.#units = units;
  }

  /** The editor's offset of a byte; the text's end if it is behind it. */
  at(byte) {
    const units = this.#units;
    return units ? units[Math.min(byte, this.#bytes)] : Math.min(byte, this.#length);
  }
}

/** An element with attributes, `on…` handlers and children. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) {
      made.addEventListener(key.slice(2), value);
    } else if (value === true) {
      made.setAttribute(key, "");
    } else if (value !== false && value !== undefined && value !== null) {
      made.setAttribute(key, value);
    }
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** `2 errors`. */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
