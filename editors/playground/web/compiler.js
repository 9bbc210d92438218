// The compiler, in workers: typing never waits for it, and what nobody waits for any more is ended.

/** What the compiler refuses, in its words. */
export class Refused extends Error {}
/** It was ended because something newer was asked. */
export class Outdated extends Error {}
/** It stopped: a defect, or too much for this browser. */
export class Stopped extends Error {}

/** The compiled module, for all workers. */
export async function fetchModule(url) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url}: ${response.status} ${response.statusText}`);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}

/** One worker with what waits for it. */
export class Compiler {
  #module;
  #worker;
  #waiting = new Map();
  #idle = [];
  #next = 1;
  /** How often it was made anew: what it was told before is forgotten. */
  generation = 0;

  constructor(module) {
    this.#module = module;
    this.#start();
  }

  #start() {
    this.generation += 1;
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.#worker = worker;
    worker.onmessage = ({ data }) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      this.#rest();
      if (data.stopped !== undefined) {
        waiting?.reject(new Stopped(data.stopped));
        this.#restart(new Stopped(data.stopped));
      } else if (data.answer.error !== undefined) {
        waiting?.reject(new Refused(data.answer.error));
      } else {
        waiting?.resolve(data.answer.ok);
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#restart(new Stopped(event.message || "the worker can't be started"));
    };
    worker.postMessage({ module: this.#module });
  }

  #restart(why) {
    this.#worker.terminate();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#start();
    for (const one of waiting) {
      one.reject(why);
    }
    this.#rest();
  }

  #rest() {
    if (!this.busy) {
      this.#idle.splice(0).forEach((resolve) => resolve());
    }
  }

  /** Whether something was asked and is not answered. */
  get busy() {
    return this.#waiting.size > 0;
  }

  /** The answer to a request of src/request.rs. */
  ask(request, attached) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request, attached });
    });
  }

  /** Waits until nothing is asked any more, at most so many milliseconds. */
  async idle(patience) {
    if (this.busy) {
      const rest = new Promise((resolve) => this.#idle.push(resolve));
      await Promise.race([rest, new Promise((resolve) => setTimeout(resolve, patience))]);
    }
  }

  /** Ends what is being answered. */
  cancel() {
    if (this.busy) {
      this.#restart(new Outdated());
    }
  }
}
