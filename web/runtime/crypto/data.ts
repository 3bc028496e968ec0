/** What the functions of `crypto` and `zlib` take and give: bytes in Node's many forms, and Node's complaints. */

import { operate } from "../bridge.ts";
import { asBuffer, Buffer } from "../buffer.ts";
import { received } from "../received.ts";
import { nextTick } from "../timers.ts";

export type Data = string | ArrayBufferView | ArrayBuffer;
export type Output = string | Uint8Array;
export type Done = (error: unknown, value?: unknown) => void;

export const NOTHING = new Uint8Array(0);
const ANY_DATA = "of type string or an instance of Buffer, TypedArray, or DataView";
const { isSafeInteger } = Number;

/** Give an error Node's code. */
export function withCode<E extends Error>(error: E, code: string): E {
  return Object.assign(error, { code });
}

/** Node's complaint about an argument of the wrong kind; `expected` begins with "of type" or "an instance of". */
export function wrongType(argument: string, expected: string, value: unknown): TypeError {
  const what = argument.includes(".") ? "property" : "argument";
  const message = `The "${argument}" ${what} must be ${expected}. Received ${received(value)}`;
  return withCode(new TypeError(message), "ERR_INVALID_ARG_TYPE");
}

/** Node's complaint about a property that has none of the values it may have, as they are shown. */
export function notOneOf(property: string, values: readonly (string | number)[], value: unknown): TypeError {
  const given = typeof value === "string" ? `'${value}'` : String(value);
  const message = `The property '${property}' must be one of: ${values.join(", ")}. Received ${given}`;
  return withCode(new TypeError(message), "ERR_INVALID_ARG_VALUE");
}

/** Node's complaint about a number that is too small or too large. */
export function outOfRange(argument: string, expected: string, value: unknown): RangeError {
  const message = `The value of "${argument}" is out of range. It must be ${expected}. Received ${String(value)}`;
  return withCode(new RangeError(message), "ERR_OUT_OF_RANGE");
}

/** Check that an argument is a whole number between two others. */
export function requireInteger(
  argument: string,
  value: unknown,
  least: number,
  most = 2_147_483_647,
): number {
  if (typeof value !== "number") throw wrongType(argument, "of type number", value);
  if (!isSafeInteger(value)) throw outOfRange(argument, "an integer", value);
  if (value < least || value > most) throw outOfRange(argument, `>= ${least} && <= ${most}`, value);
  return value;
}

/** Check that an argument is a string. */
export function requireString(argument: string, value: unknown): string {
  if (typeof value !== "string") throw wrongType(argument, "of type string", value);
  return value;
}

/** View data as bytes. */
export function bytesOf(
  data: unknown,
  encoding?: string,
  argument = "data",
  expected = ANY_DATA,
): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, encoding === "buffer" ? "utf8" : encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw wrongType(argument, expected, data);
}

/** Give bytes as a Buffer or, where an encoding is named, as a string. */
export function output(bytes: Uint8Array, encoding?: string): Output {
  const buffer = asBuffer(bytes);
  if (!Buffer.isEncoding(encoding)) return buffer;
  return (buffer.toString as (e?: string) => string)(encoding);
}

/** Ask the host for JSON. */
export function operateForJson(operation: string, options: readonly unknown[], data?: Uint8Array): unknown {
  return JSON.parse(Buffer.from(operate(operation, options, data)).toString("utf8"));
}

/** Compute now, and tell the callback afterwards. */
export function later(compute: () => unknown, done: unknown): void {
  if (typeof done !== "function") throw wrongType("callback", "of type function", done);
  let told: [unknown, unknown?];
  try {
    told = [null, compute()];
  } catch (error) {
    told = [error];
  }
  nextTick(() => (done as Done)(...told));
}
