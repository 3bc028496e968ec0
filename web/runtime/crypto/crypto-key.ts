/** What Web Crypto's operations work on: keys, names of algorithms, complaints. Source: W3C, Web Cryptography API. */

import { DOMException } from "../abort.ts";
import { unavailableFunction } from "../unavailable.ts";
import { bytesOf, withCode } from "./data.ts";
import type { KeyObject } from "./keys.ts";

export type KeyUsage =
  | "encrypt" | "decrypt" | "sign" | "verify" | "deriveKey" | "deriveBits" | "wrapKey" | "unwrapKey"; // biome-ignore format: a list

/** An algorithm as code names it, with its parameters; `hash` is a name by then. */
export interface Algorithm {
  name: string;
  hash?: string | undefined;
  [parameter: string]: unknown;
}

/** How the key of an algorithm is kept: with both sides, or as two halves. */
type Family = "secret" | "rsa" | "ec" | "edwards";

interface Known {
  family: Family;
  usages: readonly KeyUsage[];
  /** Those of the public half, where there are two. */
  publicUsages?: readonly KeyUsage[];
}

const CIPHER: readonly KeyUsage[] = ["encrypt", "decrypt", "wrapKey", "unwrapKey"];
const SIGNING: readonly KeyUsage[] = ["sign", "verify"];
const DERIVING: readonly KeyUsage[] = ["deriveKey", "deriveBits"];

export const KNOWN: Readonly<Record<string, Known>> = {
  "AES-CBC": { family: "secret", usages: CIPHER },
  "AES-CTR": { family: "secret", usages: CIPHER },
  "AES-GCM": { family: "secret", usages: CIPHER },
  ECDH: { family: "ec", usages: DERIVING, publicUsages: [] },
  ECDSA: { family: "ec", usages: SIGNING, publicUsages: ["verify"] },
  Ed25519: { family: "edwards", usages: SIGNING, publicUsages: ["verify"] },
  HKDF: { family: "secret", usages: DERIVING },
  HMAC: { family: "secret", usages: SIGNING },
  PBKDF2: { family: "secret", usages: DERIVING },
  "RSA-OAEP": { family: "rsa", usages: CIPHER, publicUsages: ["encrypt", "wrapKey"] },
  "RSA-PSS": { family: "rsa", usages: SIGNING, publicUsages: ["verify"] },
  "RSASSA-PKCS1-v1_5": { family: "rsa", usages: SIGNING, publicUsages: ["verify"] },
};
/** Node 20 knows these as well. */
const ELSEWHERE = ["AES-KW", "Ed448", "X25519", "X448"];
const HASHES = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"];

/** A key as Web Crypto has it; what it is made of stays inside. */
export class CryptoKey {
  readonly #key: KeyObject;
  readonly type: "private" | "public" | "secret";

  constructor(
    key: KeyObject,
    readonly algorithm: Readonly<Algorithm>,
    readonly extractable: boolean,
    readonly usages: readonly KeyUsage[],
  ) {
    this.#key = key;
    this.type = key.type;
  }

  static keyOf(key: CryptoKey): KeyObject {
    return key.#key;
  }
}

/** A complaint with the code that DOMException gives its name. */
export function complaint(message: string, name: string): DOMException {
  return new DOMException(message, name);
}

/** Read a name of `names`, whatever its case. */
function canonical(given: unknown, names: readonly string[]): string | undefined {
  const wanted = String(given).toLowerCase();
  return names.find((name) => name.toLowerCase() === wanted);
}

function unrecognized(): DOMException {
  return complaint("Unrecognized algorithm name", "NotSupportedError");
}

function nameIn(algorithm: unknown): unknown {
  return typeof algorithm === "object" && algorithm !== null ? (algorithm as Algorithm).name : algorithm;
}

/** Return a hash's name. */
export function hashIn(algorithm: unknown): string {
  const name = canonical(nameIn(algorithm), HASHES);
  if (name === undefined) throw unrecognized();
  return name;
}

/** Read an algorithm: a name, or an object with one. */
export function algorithmIn(given: unknown): Algorithm {
  const elsewhere = canonical(nameIn(given), ELSEWHERE);
  if (elsewhere !== undefined) unavailableFunction(`crypto.subtle with ${elsewhere}`)();
  const name = canonical(nameIn(given), Object.keys(KNOWN));
  if (name === undefined) throw unrecognized();
  const { hash, ...parameters } = typeof given === "object" ? (given as Algorithm) : { hash: undefined };
  return { ...parameters, name, hash: hash === undefined ? undefined : hashIn(hash) };
}

/** The host's name of a hash. */
export function hostName(hash: string | undefined): string {
  return hashIn(hash).replace("-", "").toLowerCase();
}

/** Bits of the block that a hash works on. */
export function blockBits(hash: string | undefined): number {
  return hash === "SHA-384" || hash === "SHA-512" ? 1024 : 512;
}

/** View an argument as bytes, copied, for nothing may change them meanwhile. */
export function content(value: unknown, operation: string, position: string): Uint8Array {
  if (!ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer)) {
    const words = `Failed to execute '${operation}' on 'SubtleCrypto': ${position} argument is not instance of ArrayBuffer, Buffer, TypedArray, or DataView.`;
    throw withCode(new TypeError(words), "ERR_INVALID_ARG_TYPE");
  }
  return bytesOf(value).slice();
}

/** Check that a key is for an algorithm and an operation. */
export function requireUsage(key: CryptoKey, algorithm: Algorithm, usage: KeyUsage, verb: string): void {
  if (!(key instanceof CryptoKey)) throw new TypeError("the key is not of type CryptoKey");
  if (!KNOWN[algorithm.name]?.usages.includes(usage)) throw unrecognized();
  if (key.algorithm.name !== algorithm.name) throw complaint("Key algorithm mismatch", "InvalidAccessError");
  if (!key.usages.includes(usage)) throw complaint(`Unable to use this key to ${verb}`, "InvalidAccessError");
}
