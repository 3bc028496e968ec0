/** The part of Node's `crypto` that functions use, over the host's. Source: Node.js documentation, Crypto. */

import { Transform, Writable } from "readable-stream";
import { concatenate, operate } from "./bridge.ts";
import { asBuffer, Buffer } from "./buffer.ts";
import { nextTick } from "./timers.ts";

type Data = string | ArrayBufferView | ArrayBuffer;
type Digest = string | Uint8Array;

const NOTHING = new Uint8Array(0);
let known: ReadonlySet<string> | undefined;

function hashNames(): ReadonlySet<string> {
  known ??= new Set(Buffer.from(operate("hash names", [])).toString("utf8").split(" "));
  return known;
}

function withCode(error: Error, code: string): Error {
  return Object.assign(error, { code });
}

function received(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "object") return `an instance of ${value.constructor?.name ?? "Object"}`;
  return `type ${typeof value} (${String(value)})`;
}

function bytesOf(data: unknown, encoding?: string): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  const expected = "of type string or an instance of Buffer, TypedArray, or DataView";
  const message = `The "data" argument must be ${expected}. Received ${received(data)}`;
  throw withCode(new TypeError(message), "ERR_INVALID_ARG_TYPE");
}

function output(bytes: Uint8Array, encoding?: string): Digest {
  const buffer = asBuffer(bytes);
  return encoding === undefined || encoding === "buffer"
    ? buffer
    : (buffer.toString as (e: string) => string)(encoding);
}

/** Collects data and has the host digest it at the end; a stream as well, as in Node. */
class Hash extends Transform {
  readonly #compute: (data: Uint8Array) => Uint8Array;
  readonly #chunks: Uint8Array[];
  #finished = false;

  constructor(compute: (data: Uint8Array) => Uint8Array, chunks: readonly Uint8Array[] = []) {
    super();
    this.#compute = compute;
    this.#chunks = [...chunks];
  }

  update(data: Data, encoding?: string): this {
    this.#requireUnfinished();
    this.#chunks.push(bytesOf(data, encoding).slice());
    return this;
  }

  digest(encoding?: string): Digest {
    this.#requireUnfinished();
    this.#finished = true;
    return output(this.#compute(this.#chunks.length > 0 ? concatenate(this.#chunks) : NOTHING), encoding);
  }

  copy(): Hash {
    this.#requireUnfinished();
    return new Hash(this.#compute, this.#chunks);
  }

  #requireUnfinished(): void {
    if (this.#finished) throw withCode(new Error("Digest already called"), "ERR_CRYPTO_HASH_FINALIZED");
  }

  override _transform(chunk: unknown, encoding: string, done: () => void): void {
    this.update(chunk as Data, encoding);
    done();
  }

  override _flush(done: () => void): void {
    this.push(this.digest());
    done();
  }
}

function createHash(algorithm: string): Hash {
  const name = String(algorithm).toLowerCase();
  if (!hashNames().has(name)) throw new Error("Digest method not supported");
  return new Hash((data) => operate("hash", [name], data));
}

function createHmac(algorithm: string, key: Data): Hash {
  const name = String(algorithm).toLowerCase();
  if (!hashNames().has(name)) {
    throw withCode(new Error(`Invalid digest: ${algorithm}`), "ERR_CRYPTO_INVALID_DIGEST");
  }
  const secret = bytesOf(key).slice();
  return new Hash((data) => operate("hmac", [name, secret.length], concatenate([secret, data])));
}

type KeyOptions = {
  key?: unknown;
  passphrase?: string;
  padding?: number;
  saltLength?: number;
  dsaEncoding?: string;
};

/** A key as the host takes it: PEM, and how to use it. */
function keyOf(given: unknown): Record<string, unknown> {
  const isPem = typeof given === "string" || ArrayBuffer.isView(given);
  const { key, passphrase, padding, saltLength, dsaEncoding } = (
    isPem ? { key: given } : given
  ) as KeyOptions;
  return { pem: Buffer.from(bytesOf(key)).toString("utf8"), passphrase, padding, saltLength, dsaEncoding };
}

/** Collects data and has the host sign it, or check its signature. Source: Node.js documentation, Crypto. */
class Signing extends Writable {
  readonly #algorithm: string;
  readonly #chunks: Uint8Array[] = [];

  constructor(algorithm: string) {
    super();
    this.#algorithm = String(algorithm).toLowerCase();
    if (!hashNames().has(this.#algorithm)) {
      throw withCode(new Error(`Invalid digest: ${algorithm}`), "ERR_CRYPTO_INVALID_DIGEST");
    }
  }

  update(data: Data, encoding?: string): this {
    this.#chunks.push(bytesOf(data, encoding).slice());
    return this;
  }

  override _write(chunk: unknown, encoding: string, done: () => void): void {
    this.update(chunk as Data, encoding === "buffer" ? undefined : encoding);
    done();
  }

  sign(key: unknown, encoding?: string): Digest {
    return output(operate("sign", [this.#algorithm, keyOf(key)], this.#data()), encoding);
  }

  verify(key: unknown, signature: Data, encoding?: string): boolean {
    const given = bytesOf(signature, encoding).slice();
    const data = concatenate([given, this.#data()]);
    return operate("verify", [this.#algorithm, keyOf(key), given.length], data)[0] === 1;
  }

  #data(): Uint8Array {
    return this.#chunks.length > 0 ? concatenate(this.#chunks) : NOTHING;
  }
}

function randomBytes(size: number, done?: (error: null, bytes: Uint8Array) => void): Uint8Array | undefined {
  const bytes = asBuffer(operate("random", [size]));
  if (done === undefined) return bytes;
  nextTick(() => done(null, bytes));
  return undefined;
}

function randomUUID(): string {
  const bytes = operate("random", [16]);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function timingSafeEqual(one: Data, other: Data): boolean {
  const [a, b] = [bytesOf(one), bytesOf(other)];
  if (a.length !== b.length) {
    const error = new RangeError("Input buffers must have the same byte length");
    throw withCode(error, "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH");
  }
  return a.every((byte, index) => byte === b[index]);
}

/** A key derived from a password, in full or for a callback. */
function derived(
  operation: string,
  options: unknown[],
  data: Uint8Array,
  done?: unknown,
): Digest | undefined {
  const key = asBuffer(operate(operation, options, data));
  if (typeof done !== "function") return key;
  nextTick(() => done(null, key));
  return undefined;
}

function pbkdf2Sync(password: Data, salt: Data, iterations: number, length: number, digest: string): Digest {
  const [secret, grain] = [bytesOf(password), bytesOf(salt)];
  const options = [secret.length, iterations, length, String(digest).toLowerCase()];
  return derived("pbkdf2", options, concatenate([secret, grain])) as Digest;
}

function pbkdf2(...args: [...Parameters<typeof pbkdf2Sync>, unknown]): void {
  const done = args.pop() as (error: null, key: Digest) => void;
  const key = pbkdf2Sync(...(args as unknown as Parameters<typeof pbkdf2Sync>));
  nextTick(() => done(null, key));
}

function randomInt(least: number, most?: number): number {
  const [from, to] = most === undefined ? [0, least] : [least, most];
  const random = operate("random", [6]).reduce((sum, byte) => sum * 256 + byte, 0);
  return from + (random % (to - from));
}

export const crypto = {
  constants: { RSA_PKCS1_PADDING: 1, RSA_PKCS1_PSS_PADDING: 6, RSA_PSS_SALTLEN_DIGEST: -1 },
  createHash,
  createHmac,
  createSign: (algorithm: string): Signing => new Signing(algorithm),
  createVerify: (algorithm: string): Signing => new Signing(algorithm),
  pbkdf2,
  pbkdf2Sync,
  randomInt,
  sign: (algorithm: string, data: Data, key: unknown): Digest =>
    new Signing(algorithm).update(data).sign(key),
  verify: (algorithm: string, data: Data, key: unknown, signature: Data): boolean =>
    new Signing(algorithm).update(data).verify(key, signature),
  getHashes: (): string[] => [...hashNames()],
  randomBytes,
  randomUUID,
  timingSafeEqual,
};
