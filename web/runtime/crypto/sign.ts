/** Signing and verifying. Source: Node.js documentation, Crypto, classes Sign and Verify. */

import { Writable } from "readable-stream";
import { concatenate } from "../bridge.ts";
import { bytesOf, type Data, type Done, later, NOTHING, type Output, output, withCode } from "./data.ts";
import { hashName } from "./hash.ts";
import { isSignature, signature } from "./keys.ts";

function nameOf(algorithm: unknown): string {
  const name = hashName(algorithm);
  if (name === undefined) throw withCode(new TypeError("Invalid digest"), "ERR_CRYPTO_INVALID_DIGEST");
  return name;
}

/** Collects what is to be signed. */
class Collected extends Writable {
  readonly #algorithm: string;
  readonly #chunks: Uint8Array[] = [];

  constructor(algorithm: unknown) {
    super();
    this.#algorithm = nameOf(algorithm);
  }

  update(data: Data, encoding?: string): this {
    this.#chunks.push(bytesOf(data, encoding).slice());
    return this;
  }

  protected collected(): [algorithm: string, data: Uint8Array] {
    return [this.#algorithm, this.#chunks.length > 0 ? concatenate(this.#chunks) : NOTHING];
  }

  override _write(chunk: unknown, encoding: string, done: () => void): void {
    this.update(chunk as Data, encoding);
    done();
  }
}

export class Sign extends Collected {
  sign(key: unknown, encoding?: string): Output {
    return output(signature(...this.collected(), key), encoding);
  }
}

export class Verify extends Collected {
  verify(key: unknown, signed: Data, encoding?: string): boolean {
    return isSignature(...this.collected(), key, bytesOf(signed, encoding, "signature"));
  }
}

export function createSign(algorithm: string): Sign {
  return new Sign(algorithm);
}

export function createVerify(algorithm: string): Verify {
  return new Verify(algorithm);
}

function nameOrNull(algorithm: unknown): string | null {
  return algorithm === null || algorithm === undefined ? null : nameOf(algorithm);
}

/** Sign at once; without an algorithm the key decides. */
export function sign(algorithm: unknown, data: Data, key: unknown, done?: Done): Output | undefined {
  const compute = (): Output => output(signature(nameOrNull(algorithm), bytesOf(data), key));
  if (done === undefined) return compute();
  later(compute, done);
  return undefined;
}

/** Verify at once. */
export function verify(
  algorithm: unknown,
  data: Data,
  key: unknown,
  signed: Data,
  done?: Done,
): boolean | undefined {
  const compute = (): boolean =>
    isSignature(nameOrNull(algorithm), bytesOf(data), key, bytesOf(signed, undefined, "signature"));
  if (done === undefined) return compute();
  later(compute, done);
  return undefined;
}
