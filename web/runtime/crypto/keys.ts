/** Keys, signatures and RSA encryption. Source: Node.js documentation, Crypto, KeyObject, Sign, Verify. */

import { concatenate, operate } from "../bridge.ts";
import { asBuffer, Buffer } from "../buffer.ts";
import { bytesOf, NOTHING, notOneOf, type Output, operateForJson, output, withCode, wrongType } from "./data.ts"; // biome-ignore format: names

const stringify = JSON.stringify;

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

/** A key as the host tells it. */
export interface Described {
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

/** A key as JSON. Source: RFC 7517. */
export type Jwk = Record<string, unknown>;

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

  export(options?: { format?: string }): Output | Jwk {
    if (options?.format === "jwk") return this.#asJwk();
    if (this.type === "secret") return asBuffer(this.#bytes.slice());
    if (typeof options !== "object") throw wrongType("options", "of type object", options);
    const exported = asBuffer(operate("export key", [this.type, options], this.#bytes));
    return options.format === "der" ? exported : exported.toString();
  }

  #asJwk(): Jwk {
    if (this.type === "secret") return { kty: "oct", k: output(this.#bytes, "base64url") };
    return operateForJson("jwk of key", [this.type], this.#bytes) as Jwk;
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
  const given = givenWith(key);
  if (key.format === "jwk") {
    const kind = typeof key.key === "object" && key.key !== null && "d" in key.key ? "private" : "public";
    return [KeyObject.bytesOf(keyOfJwk(kind, key.key)), { ...given, format: "pem" }];
  }
  if (key.key instanceof KeyObject) return [KeyObject.bytesOf(key.key), { ...given, format: "pem" }];
  return [bytesOf(key.key, undefined, "key.key", KEY_FORMS), given];
}

/** Make a key of what the host tells of it. */
export function keyOf(kind: "private" | "public", described: Described): KeyObject {
  return new KeyObject(kind, Buffer.from(described.pem), described);
}

/** The members that each kind of JWK has, of the public half and of the private one. */
const JWK_MEMBERS: Readonly<Record<string, readonly [string[], string[]]>> = {
  RSA: [["n", "e"], ["d", "p", "q", "dp", "dq", "qi"]],
  EC: [["crv", "x", "y"], ["d"]],
  OKP: [["crv", "x"], ["d"]],
}; // biome-ignore format: a table

/** Read a key that is JWK. */
export function keyOfJwk(kind: "private" | "public", jwk: unknown): KeyObject {
  if (typeof jwk !== "object" || jwk === null) throw wrongType("key.key", "of type object", jwk);
  const { kty } = jwk as Jwk;
  const members = Object.hasOwn(JWK_MEMBERS, String(kty)) ? JWK_MEMBERS[String(kty)] : undefined;
  if (members === undefined) {
    throw notOneOf("key.kty", Object.keys(JWK_MEMBERS).map((name) => `'${name}'`), kty); // biome-ignore format: short
  }
  const wanted = kind === "private" || "d" in jwk ? members.flat() : members[0];
  for (const name of wanted) {
    if (typeof (jwk as Jwk)[name] !== "string")
      throw wrongType(`key.${name}`, "of type string", (jwk as Jwk)[name]);
  }
  const described = operateForJson("key of jwk", [kind], Buffer.from(stringify(jwk))) as Described;
  return keyOf(kind, described);
}

function read(kind: "private" | "public", key: unknown): KeyObject {
  if (isPlain(key) && key.format === "jwk") return keyOfJwk(kind, key.key);
  const [bytes, given] = keyAndGiven(key);
  const described = operateForJson("describe key", [kind, given], bytes) as Described;
  return keyOf(kind, described);
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
