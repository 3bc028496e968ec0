/** Randomness, the host's. Source: Node.js documentation, Crypto. */

import { operate } from "../bridge.ts";
import { asBuffer, Buffer } from "../buffer.ts";
import { bytesOf, type Done, later, outOfRange, requireInteger, wrongType } from "./data.ts";

const WIDEST = 2 ** 48 - 1;
const INTEGER_BYTES = 6;
const { isSafeInteger } = Number;

export function randomBytes(size: number, done?: Done): Uint8Array | undefined {
  requireInteger("size", size, 0);
  const compute = (): Uint8Array => asBuffer(operate("random", [size]));
  if (done === undefined) return compute();
  later(compute, done);
  return undefined;
}

export function randomFillSync<T extends ArrayBufferView | ArrayBuffer>(
  target: T,
  offset = 0,
  size?: number,
): T {
  const bytes = bytesOf(target, undefined, "buf", "an instance of ArrayBuffer or ArrayBufferView");
  const start = requireInteger("offset", offset, 0, bytes.length);
  const count = requireInteger("size", size ?? bytes.length - start, 0, bytes.length - start);
  bytes.set(operate("random", [count]), start);
  return target;
}

export function randomFill(target: ArrayBufferView | ArrayBuffer, ...rest: [...number[], Done]): void {
  const done = rest.pop();
  const [offset, size] = rest as number[];
  later(() => randomFillSync(target, offset, size), done);
}

function requireSafe(argument: string, value: unknown): void {
  if (!isSafeInteger(value)) throw wrongType(argument, "a safe integer", value);
}

/** A number of `range` ones; those that would favour some of them are drawn again. */
function drawn(range: number): number {
  const fair = WIDEST - (WIDEST % range);
  for (;;) {
    const number = operate("random", [INTEGER_BYTES]).reduce((sum, byte) => sum * 256 + byte, 0);
    if (number < fair) return number % range;
  }
}

/** A random whole number from `least` (0) on, smaller than `most`. */
export function randomInt(least: number, most?: number | Done, done?: Done): number | undefined {
  if (most === undefined || typeof most === "function") return randomInt(0, least, most);
  requireSafe("min", least);
  requireSafe("max", most);
  if (most <= least) throw outOfRange("max", `greater than the value of "min" (${least})`, most);
  if (most - least > WIDEST) throw outOfRange("max - min", `<= ${WIDEST}`, most - least);
  if (done === undefined) return least + drawn(most - least);
  later(() => least + drawn(most - least), done);
  return undefined;
}

export function randomUUID(): string {
  const bytes = operate("random", [16]);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
