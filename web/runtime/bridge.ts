/**
 * The bridge to the host process: messages out, and operations that the host answers synchronously.
 *
 * Both go through one shared buffer. The host reads and writes it while it is being called, so nothing is
 * ever under way in it. Nothing here is reachable from partner code.
 *
 * Header, eight 32-bit integers: 0 length of the text or of the result, 1 whether the text is UTF-16,
 * 2 length of the data behind the text, 3 mode when calling, status (1: error) when answered, 4 whether
 * more follows. Text and data follow at byte 32.
 */

/** Put in scope by the worker: the shared buffer, and the two functions that call the host. */
declare const host: readonly [ArrayBuffer, () => void, () => void];

const [memory, callOperation, callSend] = host;
const HEADER_BYTES = 32;
const header = new Int32Array(memory, 0, 8);
const bytes = new Uint8Array(memory, HEADER_BYTES);
const units = new Uint16Array(memory, HEADER_BYTES);
const stringify = JSON.stringify;
const parse = JSON.parse;
const min = Math.min;
const MODE_OPERATE = 0;
const MODE_STAGE = 1;
const MODE_REST = 2;

/** Write as much of `text` from `start` on as fits; return how many characters that were. */
function write(text: string, start: number): number {
  const narrow = min(bytes.length, text.length - start);
  let index = 0;
  for (; index < narrow; index++) {
    const code = text.charCodeAt(start + index);
    if (code > 127) return writeWide(text, start);
    bytes[index] = code;
  }
  header[0] = narrow;
  header[1] = 0;
  return narrow;
}

function writeWide(text: string, start: number): number {
  const count = min(units.length, text.length - start);
  for (let index = 0; index < count; index++) units[index] = text.charCodeAt(start + index);
  header[0] = count * 2;
  header[1] = 1;
  return count;
}

function send(text: string): void {
  let at = 0;
  do {
    at += write(text, at);
    header[4] = at < text.length ? 1 : 0;
    callSend();
  } while (at < text.length);
}

let outbox = "";
let flushing = false;

/** Call back after the code that runs now; `await` works even where partner code has replaced `then`. */
export async function soon(callback: () => void): Promise<void> {
  await undefined;
  callback();
}

/** Send what is waiting, now. */
export function flush(): void {
  flushing = false;
  if (outbox === "") return;
  const text = `[${outbox}]`;
  outbox = "";
  send(text);
}

/** Send a message to the host with the others of this turn. */
export function post(message: object): void {
  const text = stringify(message);
  outbox = outbox === "" ? text : `${outbox},${text}`;
  if (flushing) return;
  flushing = true;
  soon(flush);
}

/** Read JSON as V8 does, whatever became of the global `JSON`. */
export function parseJson(text: string): unknown {
  return parse(text);
}

function stage(data: Uint8Array): void {
  for (let at = 0; at < data.length; at += bytes.length) {
    const part = data.subarray(at, at + bytes.length);
    bytes.set(part);
    header[2] = part.length;
    header[3] = MODE_STAGE;
    callOperation();
  }
}

function restOfResult(first: Uint8Array): Uint8Array {
  const parts = [first];
  while (header[4] === 1) {
    header[3] = MODE_REST;
    callOperation();
    parts.push(bytes.slice(0, header[0]));
  }
  return concatenate(parts);
}

/** Join byte arrays. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What the host says when an operation fails. */
interface Failure {
  message: string;
  code?: string;
  errno?: number;
}

function failure(result: Uint8Array): Error {
  let text = "";
  for (const byte of result) text += String.fromCharCode(byte);
  const { message, ...properties } = parse(text) as Failure;
  return Object.assign(new Error(message), properties);
}

/**
 * Have the host do something synchronously and return its bytes.
 *
 * @throws what the host says went wrong, with Node's `code` where Node has one.
 */
export function operate(operation: string, options: readonly unknown[], data?: Uint8Array): Uint8Array {
  const text = stringify([operation, ...options]);
  let inline = data ?? bytes.subarray(0, 0);
  if (inline.length > bytes.length - text.length * 2) {
    stage(inline);
    inline = bytes.subarray(0, 0);
  }
  write(text, 0);
  bytes.set(inline, header[0]);
  header[2] = inline.length;
  header[3] = MODE_OPERATE;
  callOperation();
  const failed = header[3] === 1;
  const first = bytes.slice(0, header[0]);
  const result = header[4] === 1 ? restOfResult(first) : first;
  if (failed) throw failure(result);
  return result;
}
