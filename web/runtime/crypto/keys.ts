/** Keys, signatures and RSA encryption. Source: Node.js documentation, Crypto, KeyObject, Sign, Verify. */

import { concatenate, operate } from "../bridge.ts";
import { asBuffer, Buffer } from "../buffer.ts";
import { bytesOf, NOTHING, type Output, operateForJson, output, withCode, wrongType } from "./data.ts";

type Kind = "private" | "public" | "secret";

/** What may stand beside a key; as the host wants it. */
interface Given {
  format: string;
  passphrase: string | null;
  padding: number | null;
  saltLength: number | null;
  dsaEncoding: string | null;
  oaepHash: string | null;
}

interface Described {
  pem: string;
  type: string;
  modulusLength?: number;
  publicExponent?: number;
  namedCurve?: string;
}

const KEY_FORMS =
  "of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey";
const NOT_GIVEN: Given = {
  format: "pem",
  passphrase: null,
  padding: null,
  saltLength: null,
  dsaEncoding: null,
  oaepHash: null,
};

/** A key, read and checked. */
export class KeyObject {
  readonly #bytes: Uint8Array;
  readonly #described: Described | undefined;

  constructor(
    readonly type: Kind,
    bytes: Uint8Array,
    described?: Described,
  ) {
    this.#bytes = bytes;
    this.#described = described;
  }

  /** The secret itself, or the key as PEM. */
  static bytesOf(key: KeyObject): Uint8Array {
    return key.#bytes;
  }

  get asymmetricKeyType(): string | undefined {
    return this.#described?.type;
  }

  get asymmetricKeyDetails(): object | undefined {
    if (this.#described === undefined) return undefined;
    const { modulusLength, publicExponent, namedCurve } = this.#described;
    if (publicExponent !== undefined) return { modulusLength, publicExponent: BigInt(publicExponent) };
    return namedCurve === undefined ? {} : { namedCurve };
  }

  get symmetricKeySize(): number | undefined {
    return this.type === "secret" ? this.#bytes.length : undefined;
  }

  export(options?: { format?: string }): Output {
    if (this.type === "secret") return asBuffer(this.#bytes.slice());
    if (typeof options !== "object") throw wrongType("options", "of type object", options);
    if (options.format === "jwk")
      throw new Error("exporting a key as JWK is not available. See docs/functions.md.");
    const exported = asBuffer(operate("export key", [this.type, options], this.#bytes));
    return options.format === "der" ? exported : exported.toString();
  }

  equals(other: KeyObject): boolean {
    return Buffer.from(this.#bytes).toString("hex") === Buffer.from(other.#bytes).toString("hex");
  }
}

/** Return the bytes of a key that both sides know. */
export function secretBytes(key: unknown): Uint8Array {
  if (key instanceof KeyObject) return KeyObject.bytesOf(key);
  return bytesOf(key, undefined, "key", KEY_FORMS);
}

function isPlain(key: unknown): key is Partial<Given> & { key: unknown } {
  return typeof key === "object" && key !== null && "key" in key;
}

function givenWith(key: Partial<Given>): Given {
  return {
    format: key.format ?? "pem",
    passphrase: key.passphrase === undefined ? null : String(key.passphrase),
    padding: key.padding ?? null,
    saltLength: key.saltLength ?? null,
    dsaEncoding: key.dsaEncoding ?? null,
    oaepHash: key.oaepHash?.toLowerCase() ?? null,
  };
}

/** Take apart what may be given as a key: text, bytes, a KeyObject, or one of these among options. */
function keyAndGiven(key: unknown): [bytes: Uint8Array, given: Given] {
  if (key instanceof KeyObject) return [KeyObject.bytesOf(key), NOT_GIVEN];
  if (!isPlain(key)) return [bytesOf(key, undefined, "key", KEY_FORMS), NOT_GIVEN];
  if (key.format === "jwk") throw new Error("a key as JWK is not available: use PEM. See docs/functions.md.");
  const given = givenWith(key);
  if (key.key instanceof KeyObject) return [KeyObject.bytesOf(key.key), { ...given, format: "pem" }];
  return [bytesOf(key.key, undefined, "key.key", KEY_FORMS), given];
}

function read(kind: "private" | "public", key: unknown): KeyObject {
  const [bytes, given] = keyAndGiven(key);
  const described = operateForJson("describe key", [kind, given], bytes) as Described;
  return new KeyObject(kind, Buffer.from(described.pem), described);
}

export function createPrivateKey(key: unknown): KeyObject {
  return read("private", key);
}

export function createPublicKey(key: unknown): KeyObject {
  return read("public", key);
}

export function createSecretKey(key: unknown, encoding?: string): KeyObject {
  return new KeyObject("secret", bytesOf(key, encoding, "key", KEY_FORMS).slice());
}

/** Sign data; `algorithm` is the host's name, or null. */
export function signature(algorithm: string | null, data: Uint8Array, key: unknown): Uint8Array {
  if (!key) throw withCode(new Error("No key provided to sign"), "ERR_CRYPTO_SIGN_KEY_REQUIRED");
  const [bytes, given] = keyAndGiven(key);
  return operate("sign", [algorithm, given, bytes.length], concatenate([bytes, data]));
}

/** Tell whether a signature is right. */
export function isSignature(
  algorithm: string | null,
  data: Uint8Array,
  key: unknown,
  signed: Uint8Array,
): boolean {
  const [bytes, given] = keyAndGiven(key);
  const options = [algorithm, given, bytes.length, signed.length];
  return operate("verify", options, concatenate([bytes, signed, data]))[0] === 1;
}

function withRsa(operation: "encrypt" | "decrypt", key: unknown, data: unknown): Output {
  const [bytes, given] = keyAndGiven(key);
  const content = bytesOf(data, undefined, "buffer");
  return output(operate(operation, [given, bytes.length], concatenate([bytes, content, NOTHING])));
}

export function publicEncrypt(key: unknown, data: unknown): Output {
  return withRsa("encrypt", key, data);
}

export function privateDecrypt(key: unknown, data: unknown): Output {
  return withRsa("decrypt", key, data);
}
