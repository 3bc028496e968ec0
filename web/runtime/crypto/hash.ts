/** Hashes and HMACs. Source: Node.js documentation, Crypto, classes Hash and Hmac. */

import { Transform } from "readable-stream";
import { concatenate, operate } from "../bridge.ts";
import {
  bytesOf,
  type Data,
  NOTHING,
  type Output,
  operateForJson,
  output,
  requireString,
  withCode,
} from "./data.ts";
import { secretBytes } from "./keys.ts";

type Compute = (data: Uint8Array) => Uint8Array;

interface HashOptions {
  outputLength?: number;
}

let known: readonly string[] | undefined;
let lowerCase: ReadonlySet<string> | undefined;

export function getHashes(): string[] {
  known ??= operateForJson("hash names", []) as string[];
  return [...known];
}

/** Return the host's name of an algorithm, `undefined` where there is none of that name. */
export function hashName(algorithm: unknown): string | undefined {
  lowerCase ??= new Set(getHashes().map((name) => name.toLowerCase()));
  const name = requireString("algorithm", algorithm).toLowerCase();
  return lowerCase.has(name) ? name : undefined;
}

/** Return the host's name of a digest. */
export function digestName(digest: unknown): string {
  const name = hashName(requireString("digest", digest));
  if (name === undefined)
    throw withCode(new TypeError(`Invalid digest: ${digest}`), "ERR_CRYPTO_INVALID_DIGEST");
  return name;
}

/** Collects data and has the host compute at the end; a stream as well, as in Node. */
class Digest extends Transform {
  readonly #compute: Compute;
  readonly #chunks: Uint8Array[];
  protected finished = false;

  constructor(compute: Compute, chunks: readonly Uint8Array[] = []) {
    super();
    this.#compute = compute;
    this.#chunks = [...chunks];
    Object.defineProperty(this, "finished", { enumerable: false });
  }

  update(data: Data, encoding?: string): this {
    this.requireUnfinished();
    this.#chunks.push(bytesOf(data, encoding).slice());
    return this;
  }

  digest(encoding?: string): Output {
    this.requireUnfinished();
    this.finished = true;
    return output(this.#compute(this.#chunks.length > 0 ? concatenate(this.#chunks) : NOTHING), encoding);
  }

  protected copied(): [Compute, readonly Uint8Array[]] {
    this.requireUnfinished();
    return [this.#compute, this.#chunks];
  }

  protected requireUnfinished(): void {
    if (this.finished) throw withCode(new Error("Digest already called"), "ERR_CRYPTO_HASH_FINALIZED");
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

export class Hash extends Digest {
  copy(): Hash {
    return new Hash(...this.copied());
  }
}

export class Hmac extends Digest {
  /** A second time there is nothing. */
  override digest(encoding?: string): Output {
    return this.finished ? output(NOTHING, encoding) : super.digest(encoding);
  }
}

export function createHash(algorithm: string, options?: HashOptions): Hash {
  const name = hashName(algorithm);
  if (name === undefined) throw new Error("Digest method not supported");
  const length = options?.outputLength ?? null;
  return new Hash((data) => operate("hash", [name, length], data));
}

export function createHmac(algorithm: string, key: unknown): Hmac {
  const name = hashName(requireString("hmac", algorithm));
  if (name === undefined)
    throw withCode(new TypeError(`Invalid digest: ${algorithm}`), "ERR_CRYPTO_INVALID_DIGEST");
  const secret = secretBytes(key).slice();
  return new Hmac((data) => operate("hmac", [name, secret.length], concatenate([secret, data])));
}

/** Hash at once. */
export function hash(algorithm: string, data: Data, encoding = "hex"): Output {
  return createHash(algorithm).update(data).digest(encoding);
}
