// One instance of the compiler: answers requests, one after the other. What stops it stops for good, so
// whoever owns the worker ends it then and makes a new one.

let exports;

/** Writes bytes to where the compiler wants them. */
function put(bytes, place) {
  const at = place(bytes.length) >>> 0;
  new Uint8Array(exports.memory.buffer, at, bytes.length).set(bytes);
}

/** What the compiler said last. */
function said() {
  const length = exports.answer_length() >>> 0;
  const bytes = new Uint8Array(exports.memory.buffer, exports.answered() >>> 0, length);
  return new TextDecoder().decode(bytes.slice());
}

/** What stopped it, in its own words if it had any. */
function reason(error) {
  let words = "";
  try {
    words = said();
  } catch {
    // Its memory is of no use any more.
  }
  return words.startsWith("panicked") ? words : String(error);
}

onmessage = async ({ data }) => {
  const { id, module, request, attached } = data;
  try {
    if (module) {
      const instance = await WebAssembly.instantiate(module, {});
      exports = instance.exports;
      exports.start();
      return;
    }
    put(new TextEncoder().encode(JSON.stringify(request)), exports.request);
    put(attached ?? new Uint8Array(), exports.attach);
    exports.answer();
    postMessage({ id, answer: JSON.parse(said()) });
  } catch (error) {
    postMessage({ id, stopped: exports ? reason(error) : String(error) });
  }
};
