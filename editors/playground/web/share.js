// A policy in the page's address, behind the #: no server sees it. Packed by the browser's own deflate.

const PREFIX = "policy=";

/** What may be behind it: a browser takes no longer address. */
const MAX_PACKED = 64 * 1024;
const MAX_TEXT = 1 << 20;

async function through(bytes, stream) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** The fragment for a text, or null if it is too long. */
export async function pack(text) {
  const packed = await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  let binary = "";
  for (const byte of packed) {
    binary += String.fromCharCode(byte);
  }
  const words = btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return words.length <= MAX_PACKED ? `#${PREFIX}${words}` : null;
}

/** The text of a fragment, or null if it has none; throws if it is damaged. */
export async function unpack(fragment) {
  const words = fragment.replace(/^#/, "");
  if (!words.startsWith(PREFIX)) {
    return null;
  }
  const binary = atob(words.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/"));
  if (binary.length > MAX_PACKED) {
    throw new Error("it is too long");
  }
  const packed = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  // A few bytes can unpack to very many.
  const reader = stream.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return text + decoder.decode();
    }
    text += decoder.decode(value, { stream: true });
    if (text.length > MAX_TEXT) {
      throw new Error("it is too long");
    }
  }
}
