/** Node's Buffer: the npm package of that name, with what it lacks of Node 20. */

import { Buffer, INSPECT_MAX_BYTES, kMaxLength, SlowBuffer } from "buffer/";
import { operate } from "./bridge.ts";
import { received } from "./received.ts";

interface Base64Options {
  alphabet?: "base64" | "base64url";
  omitPadding?: boolean;
}

/** V8's own base64, newer than Node 20 and therefore hidden from partner code later. */
const encode = (Uint8Array.prototype as unknown as { toBase64(options?: Base64Options): string }).toBase64;
const decode = (Uint8Array as unknown as { fromBase64(text: string): Uint8Array }).fromBase64;
const INSPECTED_BYTES = 50;
const plainToString = Buffer.prototype.toString;
const plainFrom = Buffer.from;
const plainIsEncoding = Buffer.isEncoding;

/** Encode bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  return encode.call(bytes);
}

/** Decode base64 that the host wrote. */
export function fromBase64(text: string): Uint8Array {
  return decode.call(Uint8Array, text);
}

/** View bytes as a Buffer without copying. */
export function asBuffer(bytes: Uint8Array): Uint8Array {
  return plainFrom.call(Buffer, bytes.buffer, bytes.byteOffset as never, bytes.byteLength);
}

/** Turn what a stream was given into bytes. */
export function toBytes(chunk: unknown, encoding?: string): Uint8Array {
  if (typeof chunk === "string") return Buffer.from(chunk, encoding === "buffer" ? "utf8" : encoding);
  return chunk as Uint8Array;
}

function isBase64Url(encoding: unknown): boolean {
  return typeof encoding === "string" && encoding.toLowerCase() === "base64url";
}

const KINDS = "of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object";
const HEX_PAIRS = /^(?:[\da-f]{2})*/i;
const REPLACEMENT = "\ufffd";

/** Say in Node's words what npm's Buffer refused. */
function asNode(error: unknown, value: unknown): unknown {
  if (!(error instanceof TypeError)) return error;
  if (error.message.startsWith("Unknown encoding"))
    return Object.assign(error, { code: "ERR_UNKNOWN_ENCODING" });
  if (!/^The (first|"value") argument must/.test(error.message)) return error;
  const message = `The first argument must be ${KINDS}. Received ${received(value)}`;
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
}

/** Decode bytes that are no UTF-8 throughout: a cut-off character gives one sign, as the Encoding standard says. */
function withReplacements(bytes: Uint8Array): string {
  return plainToString.call(asBuffer(operate("utf8 to utf16", [], bytes)), "utf16le");
}

function toText(buffer: Uint8Array, encoding?: string, start?: number, end?: number): string {
  try {
    const text = plainToString.call(buffer as never, encoding, start, end);
    const isUtf8 = encoding === undefined || /^utf-?8$/i.test(encoding);
    return isUtf8 && text.includes(REPLACEMENT) ? withReplacements(buffer.subarray(start, end)) : text;
  } catch (error) {
    throw asNode(error, encoding);
  }
}

Buffer.prototype.toString = function (encoding?: string, start?: number, end?: number): string {
  if (encoding === "base64") return toBase64(this.subarray(start, end));
  if (isBase64Url(encoding)) {
    return encode.call(this.subarray(start, end), { alphabet: "base64url", omitPadding: true });
  }
  return toText(this, encoding, start, end);
};

Buffer.from = function from(value: unknown, encodingOrOffset?: string | number, length?: number) {
  if (typeof value === "string" && isBase64Url(encodingOrOffset)) {
    return plainFrom.call(Buffer, value.replaceAll("-", "+").replaceAll("_", "/"), "base64");
  }
  if (typeof value === "string" && /^hex$/i.test(String(encodingOrOffset))) {
    return plainFrom.call(Buffer, HEX_PAIRS.exec(value)?.[0], "hex");
  }
  try {
    return plainFrom.call(Buffer, value, encodingOrOffset, length);
  } catch (error) {
    throw asNode(error, value);
  }
};

Buffer.isEncoding = (encoding: unknown): boolean => isBase64Url(encoding) || plainIsEncoding(encoding);

Object.defineProperty(Buffer.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Uint8Array): string {
    const shown = [...this.subarray(0, INSPECTED_BYTES)].map(
      (byte) => ` ${byte.toString(16).padStart(2, "0")}`,
    );
    const more = this.length - shown.length;
    const rest = more > 0 ? ` ... ${more} more byte${more > 1 ? "s" : ""}` : "";
    return `<Buffer${shown.join("")}${rest}>`;
  },
});

/** What `require("buffer")` gives to packages. */
export const nodeModule = { Buffer, SlowBuffer, kMaxLength, INSPECT_MAX_BYTES };

export { Buffer };
