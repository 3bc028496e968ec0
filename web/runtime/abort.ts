/**
 * `AbortController` and its signal, for `fetch`. Nobody outside Segment knows whether its runtime has them; a
 * function found in production uses them, and the lint speaks of it. Source: Node.js documentation, Globals.
 */

import { setTimeout } from "./timers.ts";

type Listener = ((event: object) => void) | { handleEvent(event: object): void };
type Options = boolean | { once?: boolean } | undefined;

/** Source: Web IDL, DOMException, error names. */
const CODES: Readonly<Record<string, number>> = {
  NotSupportedError: 9,
  SyntaxError: 12,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  AbortError: 20,
  QuotaExceededError: 22,
  TimeoutError: 23,
};

export class DOMException extends Error {
  constructor(message: string, name: string) {
    super(message);
    for (const [key, value] of Object.entries({ name, code: CODES[name] ?? 0 })) {
      Object.defineProperty(this, key, { value, configurable: true });
    }
  }
}

/** Only the signal of a controller is aborted by it, and nothing else can make one. */
const abortOf = new WeakMap<AbortSignal, (reason: unknown) => void>();
const KEY = Symbol("key");

/** Source: DOM standard, AbortSignal. */
export class AbortSignal {
  onabort: ((event: object) => void) | null = null;
  readonly #listeners = new Map<Listener, { once: boolean }>();
  #aborted = false;
  #reason: unknown;

  constructor(key?: unknown) {
    if (key !== KEY) throw new TypeError("Illegal constructor");
    Object.defineProperty(this, "onabort", { enumerable: false });
    abortOf.set(this, (reason) => this.#abort(reason));
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  get [Symbol.toStringTag](): string {
    return "AbortSignal";
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  addEventListener(type: string, listener: Listener | null, options?: Options): void {
    if (type !== "abort" || listener === null || this.#listeners.has(listener)) return;
    this.#listeners.set(listener, { once: typeof options === "object" && options.once === true });
  }

  removeEventListener(type: string, listener: Listener): void {
    if (type === "abort") this.#listeners.delete(listener);
  }

  dispatchEvent(event: { type: string }): boolean {
    if (event.type !== "abort") return true;
    this.onabort?.(event);
    for (const [listener, { once }] of [...this.#listeners]) {
      if (once) this.#listeners.delete(listener);
      if (typeof listener === "function") listener.call(this, event);
      else listener.handleEvent(event);
    }
    return true;
  }

  #abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason ?? new DOMException("This operation was aborted", "AbortError");
    this.dispatchEvent({ type: "abort", target: this } as { type: string });
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = newSignal();
    abort(signal, reason);
    return signal;
  }

  static timeout(ms: number): AbortSignal {
    const signal = newSignal();
    const late = new DOMException("The operation was aborted due to timeout", "TimeoutError");
    setTimeout(() => abort(signal, late), ms);
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const signal = newSignal();
    for (const other of signals) {
      if (other.aborted) abort(signal, other.reason);
      else other.addEventListener("abort", () => abort(signal, other.reason), { once: true });
    }
    return signal;
  }
}

function newSignal(): AbortSignal {
  return new AbortSignal(KEY);
}

function abort(signal: AbortSignal, reason: unknown): void {
  abortOf.get(signal)?.(reason);
}

export class AbortController {
  readonly #signal = newSignal();

  get signal(): AbortSignal {
    return this.#signal;
  }

  get [Symbol.toStringTag](): string {
    return "AbortController";
  }

  abort(reason?: unknown): void {
    abort(this.#signal, reason);
  }
}
