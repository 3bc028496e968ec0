/**
 * Web globals that a bare Node 20 context lacks, and so Segment's runtime as far as it is known. Absent unless a
 * function asks for them (`web_globals` in the workspace file). A package of its own, evaluated only then.
 */

import { TextDecoder, TextEncoder } from "@exodus/bytes/encoding-lite.js";
import structuredClone from "core-js-pure/actual/structured-clone";

/** Given by the loader of packages. */
declare const setTimeout: (
  callback: (...args: unknown[]) => void,
  delay: number,
  ...args: unknown[]
) => unknown;
declare const clearTimeout: (timer: unknown) => void;

const soon = Promise.resolve();

function queueMicrotask(callback: () => void): void {
  if (typeof callback !== "function")
    throw new TypeError('The "callback" argument must be of type function.');
  soon.then(callback);
}

function setImmediate(callback: (...args: unknown[]) => void, ...args: unknown[]): unknown {
  return setTimeout(callback, 1, ...args);
}

const clearImmediate = clearTimeout;

export { clearImmediate, queueMicrotask, setImmediate, structuredClone, TextDecoder, TextEncoder };
