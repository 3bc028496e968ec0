/** Web Crypto over the host. Source: W3C, Web Cryptography API; the complaints are those of Node 20. */

import { concatenate, operate, parseJson } from "../bridge.ts";
import { asBuffer, Buffer } from "../buffer.ts";
import { createCipheriv, createDecipheriv } from "./cipher.ts";
import * as keys from "./crypto-key.ts";
import { type Algorithm, CryptoKey, complaint, content, type KeyUsage, KNOWN } from "./crypto-key.ts";
import { NOTHING, operateForJson } from "./data.ts";
import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type Described,
  isSignature,
  type Jwk,
  KeyObject,
  keyOf,
  keyOfJwk,
  privateDecrypt,
  publicEncrypt,
  signature,
} from "./keys.ts";
import { makePair } from "./make.ts";
import { randomFillSync } from "./random.ts";

type Format = "raw" | "jwk" | "spki" | "pkcs8";

const stringify = JSON.stringify;
const PSS_PADDING = 6;
const MOST_RANDOM_BYTES = 65_536;
const GCM_TAG_BITS = 128;
const USAGES: readonly KeyUsage[] = ["sign", "verify", "encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits"]; // biome-ignore format: a list

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}

function bytesIn(key: CryptoKey): Uint8Array {
  return KeyObject.bytesOf(CryptoKey.keyOf(key));
}

/** Compute, and tell any failure of the host's as Web Crypto does. */
function attempt<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof TypeError) throw error;
    throw complaint("The operation failed for an operation-specific reason", "OperationError");
  }
}

// Keys

function allowed(algorithm: Algorithm, type: CryptoKey["type"]): readonly KeyUsage[] {
  const known = KNOWN[algorithm.name];
  const halves = known?.publicUsages;
  if (known === undefined || halves === undefined) return known?.usages ?? [];
  return type === "public" ? halves : known.usages.filter((usage) => !halves.includes(usage));
}

function made(
  key: KeyObject,
  algorithm: Algorithm,
  extractable: boolean,
  usages: readonly KeyUsage[],
): CryptoKey {
  const fits = allowed(algorithm, key.type);
  if (usages.some((usage) => !fits.includes(usage))) {
    const what = algorithm.name.startsWith("AES") ? "an AES" : /^[AEIOHR]/.test(algorithm.name) ? `an ${algorithm.name}` : `a ${algorithm.name}`; // biome-ignore format: short
    throw complaint(`Unsupported key usage for ${what} key`, "SyntaxError");
  }
  if (usages.length === 0 && key.type !== "public") {
    throw complaint(`Usages cannot be empty when importing a ${key.type} key.`, "SyntaxError");
  }
  return new CryptoKey(key, described(key, algorithm), Boolean(extractable), inOrder(usages));
}

function inOrder(usages: readonly KeyUsage[]): KeyUsage[] {
  return USAGES.filter((usage) => usages.includes(usage));
}

/** What a key says about its algorithm. */
function described(key: KeyObject, { name, hash, namedCurve }: Algorithm): Algorithm {
  const hashed = hash === undefined ? {} : { hash: { name: hash } as unknown as string };
  if (key.type === "secret") {
    const bits = (key.symmetricKeySize ?? 0) * 8;
    return name === "HKDF" || name === "PBKDF2" ? { name } : { name, ...hashed, length: bits };
  }
  const details = key.asymmetricKeyDetails as { modulusLength?: number; publicExponent?: bigint };
  if (details.modulusLength === undefined) return namedCurve === undefined ? { name } : { name, namedCurve };
  const exponent = Buffer.from(details.publicExponent?.toString(16).padStart(6, "0") ?? "", "hex");
  return { name, modulusLength: details.modulusLength, publicExponent: new Uint8Array(exponent), ...hashed };
}

function importedSecret(format: Format, data: unknown, algorithm: Algorithm): KeyObject {
  const bytes = format === "jwk" ? secretOfJwk(data) : content(data, "importKey", "2nd");
  if (algorithm.name.startsWith("AES") && ![16, 24, 32].includes(bytes.length)) {
    throw complaint("Invalid key length", "DataError");
  }
  return createSecretKey(bytes);
}

function secretOfJwk(jwk: unknown): Uint8Array {
  const { kty, k } = (jwk ?? {}) as Jwk;
  if (kty !== "oct" || typeof k !== "string") throw complaint("Invalid keyData", "DataError");
  return Buffer.from(k, "base64url");
}

function importedHalf(format: Format, data: unknown, algorithm: Algorithm): KeyObject {
  try {
    if (format === "jwk") return keyOfJwk("d" in (data as object) ? "private" : "public", data);
    const bytes = content(data, "importKey", "2nd");
    if (format === "pkcs8") return createPrivateKey({ key: bytes, format: "der", type: "pkcs8" });
    if (format === "spki") return createPublicKey({ key: bytes, format: "der", type: "spki" });
    const curve = algorithm.namedCurve ?? algorithm.name;
    return keyOf("public", operateForJson("key of point", [curve], bytes) as Described);
  } catch {
    throw complaint("Invalid keyData", "DataError");
  }
}

function requireFormat(format: unknown, operation: string): Format {
  if (["raw", "jwk", "spki", "pkcs8"].includes(String(format))) return format as Format;
  const words = `Failed to execute '${operation}' on 'SubtleCrypto': 1st argument value '${String(format)}' is not a valid enum value of type KeyFormat.`;
  throw Object.assign(new TypeError(words), { code: "ERR_INVALID_ARG_VALUE" });
}

function notInFormat(format: Format, { name }: Algorithm): Error {
  return complaint(`Unable to import ${name} using ${format} format`, "NotSupportedError");
}

async function importKey(
  format: Format,
  data: unknown,
  given: unknown,
  extractable: boolean,
  usages: KeyUsage[],
): Promise<CryptoKey> {
  const algorithm = keys.algorithmIn(given);
  const family = KNOWN[algorithm.name]?.family;
  requireFormat(format, "importKey");
  if (family === "secret") {
    if (format !== "raw" && format !== "jwk") throw notInFormat(format, algorithm);
    return made(importedSecret(format, data, algorithm), algorithm, extractable, usages);
  }
  if (family === "rsa" && format === "raw") throw notInFormat(format, algorithm);
  return made(importedHalf(format, data, algorithm), algorithm, extractable, usages);
}

const RSA_NAMES: Readonly<Record<string, string>> = { "RSASSA-PKCS1-v1_5": "RS", "RSA-PSS": "PS" };

/** The name that an algorithm has in a JWK. Source: RFC 7518. */
function jwkName({ name, hash, length }: Algorithm): string | undefined {
  const digits = (hash as unknown as Algorithm | undefined)?.name.slice("SHA-".length);
  if (name === "HMAC") return `HS${digits}`;
  if (name === "RSA-OAEP") return digits === "1" ? name : `${name}-${digits}`;
  if (name.startsWith("AES")) return `A${length}${name.slice("AES-".length)}`;
  return name in RSA_NAMES ? `${RSA_NAMES[name]}${digits}` : undefined;
}

async function exportKey(format: Format, key: CryptoKey): Promise<ArrayBuffer | Jwk> {
  requireFormat(format, "exportKey");
  if (!key.extractable) throw complaint("key is not extractable", "InvalidAccessException");
  const own = CryptoKey.keyOf(key);
  if (format === "jwk") {
    const alg = jwkName(key.algorithm);
    const members = own.export({ format: "jwk" }) as Jwk;
    return { key_ops: [...key.usages], ext: true, ...members, ...(alg === undefined ? {} : { alg }) };
  }
  const fits = { secret: ["raw"], public: ["spki", "raw"], private: ["pkcs8"] }[own.type];
  if (!fits.includes(format)) {
    throw complaint(`Unable to export a raw ${key.algorithm.name} ${own.type} key`, "InvalidAccessError");
  }
  if (own.type === "secret") return bufferOf(bytesIn(key));
  if (format === "raw") return bufferOf(attempt(() => operate("point of key", [], bytesIn(key))));
  return bufferOf(own.export({ format: "der", type: format } as object) as Uint8Array);
}

async function generateKey(
  given: unknown,
  extractable: boolean,
  usages: KeyUsage[],
): Promise<CryptoKey | Record<"publicKey" | "privateKey", CryptoKey>> {
  const algorithm = keys.algorithmIn(given);
  if (KNOWN[algorithm.name]?.family === "secret") {
    if (algorithm.name === "HKDF" || algorithm.name === "PBKDF2") {
      throw complaint("Unrecognized algorithm name", "NotSupportedError");
    }
    const secret = createSecretKey(operate("random", [Math.ceil(secretBits(algorithm) / 8)]));
    return made(secret, algorithm, extractable, usages);
  }
  const { publicKey, privateKey } = attempt(() => generatedPair(algorithm));
  const halves = (key: KeyObject): KeyUsage[] =>
    usages.filter((usage) => allowed(algorithm, key.type).includes(usage));
  return {
    publicKey: made(publicKey, algorithm, true, halves(publicKey)),
    privateKey: made(privateKey, algorithm, extractable, halves(privateKey)),
  };
}

function secretBits({ name, length, hash }: Algorithm): number {
  if (name === "HMAC") return (length as number | undefined) ?? keys.blockBits(hash);
  if ([128, 192, 256].includes(length as number)) return length as number;
  throw complaint("Invalid key length", "OperationError");
}

function generatedPair({ name, modulusLength, publicExponent, namedCurve }: Algorithm) {
  if (name === "Ed25519") return makePair("ed25519", {});
  if (namedCurve !== undefined) return makePair("ec", { namedCurve });
  const exponent = [...(publicExponent as Uint8Array)].reduce((sum, byte) => sum * 256 + byte, 0);
  return makePair("rsa", { modulusLength, publicExponent: exponent });
}

// What is done with them

async function digest(given: unknown, data: unknown): Promise<ArrayBuffer> {
  const hash = keys.hashIn(given);
  return bufferOf(operate("hash", [keys.hostName(hash), null], content(data, "digest", "2nd")));
}

/** The host's name of the hash, and what stands beside the key, for a signature. */
function signing(algorithm: Algorithm, key: CryptoKey): [hash: string | null, given: object] {
  const own = { key: CryptoKey.keyOf(key) };
  const hash = (key.algorithm.hash as unknown as Algorithm | undefined)?.name;
  if (algorithm.name === "ECDSA")
    return [keys.hostName(algorithm.hash), { ...own, dsaEncoding: "ieee-p1363" }];
  if (algorithm.name === "Ed25519") return [null, own];
  if (algorithm.name !== "RSA-PSS") return [keys.hostName(hash), own];
  if (algorithm.saltLength === undefined) {
    const words =
      "Failed to normalize algorithm: passed algorithm can not be converted to 'RsaPssParams' because 'saltLength' is required in 'RsaPssParams'.";
    throw Object.assign(new TypeError(words), { code: "ERR_MISSING_OPTION" });
  }
  return [keys.hostName(hash), { ...own, padding: PSS_PADDING, saltLength: algorithm.saltLength }];
}

function hmac(key: CryptoKey, data: Uint8Array): Uint8Array {
  const secret = bytesIn(key);
  const hash = (key.algorithm.hash as unknown as Algorithm).name;
  return operate("hmac", [keys.hostName(hash), secret.length], concatenate([secret, data]));
}

async function sign(given: unknown, key: CryptoKey, data: unknown): Promise<ArrayBuffer> {
  const algorithm = keys.algorithmIn(given);
  const bytes = content(data, "sign", "3rd");
  keys.requireUsage(key, algorithm, "sign", "sign");
  if (algorithm.name === "HMAC") return bufferOf(hmac(key, bytes));
  const [hash, beside] = signing(algorithm, key);
  return bufferOf(attempt(() => signature(hash, bytes, beside)));
}

async function verify(given: unknown, key: CryptoKey, signed: unknown, data: unknown): Promise<boolean> {
  const algorithm = keys.algorithmIn(given);
  const [right, bytes] = [content(signed, "verify", "3rd"), content(data, "verify", "4th")];
  keys.requireUsage(key, algorithm, "verify", "verify");
  if (algorithm.name === "HMAC") {
    const own = hmac(key, bytes);
    return own.length === right.length && own.every((byte, index) => byte === right[index]);
  }
  const [hash, beside] = signing(algorithm, key);
  return attempt(() => isSignature(hash, bytes, beside, right));
}

function requireIv({ name, iv, counter }: Algorithm): Uint8Array {
  const vector = content(name === "AES-CTR" ? counter : iv, "encrypt", "the vector of the 1st");
  if (name === "AES-GCM" || vector.length === 16) return vector;
  throw complaint('algorithm.iv must contain exactly 16 bytes', "OperationError"); // biome-ignore format: as it is
}

function aes(algorithm: Algorithm, key: CryptoKey, data: Uint8Array, decrypts: boolean): Uint8Array {
  const { name, additionalData, tagLength = GCM_TAG_BITS } = algorithm;
  const cipherName = `aes-${key.algorithm.length}-${name.slice("AES-".length).toLowerCase()}`;
  const authTagLength = Number(tagLength) / 8;
  const [secret, iv] = [bytesIn(key), requireIv(algorithm)];
  const isGcm = name === "AES-GCM";
  const options = isGcm ? { authTagLength } : undefined;
  if (!decrypts) {
    const cipher = createCipheriv(cipherName, secret, iv, options);
    if (additionalData !== undefined) cipher.setAAD(content(additionalData, "encrypt", "1st"));
    const parts = [cipher.update(data) as Uint8Array, cipher.final() as Uint8Array];
    return concatenate(isGcm ? [...parts, cipher.getAuthTag()] : parts);
  }
  const end = data.length - (isGcm ? authTagLength : 0);
  if (end < 0) throw complaint("The provided data is too small.", "OperationError");
  const decipher = createDecipheriv(cipherName, secret, iv, options);
  if (additionalData !== undefined) decipher.setAAD(content(additionalData, "decrypt", "1st"));
  if (isGcm) decipher.setAuthTag(data.subarray(end) as Buffer & Uint8Array);
  return concatenate([decipher.update(data.subarray(0, end)) as Uint8Array, decipher.final() as Uint8Array]);
}

function withRsa(algorithm: Algorithm, key: CryptoKey, data: Uint8Array, decrypts: boolean): Uint8Array {
  if (algorithm.label !== undefined)
    throw new TypeError("RSA-OAEP with a label is not available in the sandbox");
  const oaepHash = keys.hostName((key.algorithm.hash as unknown as Algorithm).name);
  const own = { key: CryptoKey.keyOf(key), oaepHash };
  return (decrypts ? privateDecrypt(own, data) : publicEncrypt(own, data)) as Uint8Array;
}

function changed(algorithm: Algorithm, key: CryptoKey, data: Uint8Array, decrypts: boolean): ArrayBuffer {
  const change = algorithm.name === "RSA-OAEP" ? withRsa : aes;
  try {
    return bufferOf(change(algorithm, key, data, decrypts));
  } catch (error) {
    if (error instanceof TypeError || (error as Error).name === "OperationError") throw error;
    throw complaint("The operation failed for an operation-specific reason", "OperationError");
  }
}

async function encrypt(given: unknown, key: CryptoKey, data: unknown): Promise<ArrayBuffer> {
  const algorithm = keys.algorithmIn(given);
  const bytes = content(data, "encrypt", "3rd");
  keys.requireUsage(key, algorithm, "encrypt", "encrypt");
  return changed(algorithm, key, bytes, false);
}

async function decrypt(given: unknown, key: CryptoKey, data: unknown): Promise<ArrayBuffer> {
  const algorithm = keys.algorithmIn(given);
  const bytes = content(data, "decrypt", "3rd");
  keys.requireUsage(key, algorithm, "decrypt", "decrypt");
  return changed(algorithm, key, bytes, true);
}

/** Bytes out of a password, another key, or both sides' keys. */
function derived(algorithm: Algorithm, key: CryptoKey, bits: number | null): Uint8Array {
  const secret = bytesIn(key);
  if (algorithm.name === "ECDH") {
    const other = bytesIn(algorithm.public as CryptoKey);
    const agreed = operate("agree", [secret.length], concatenate([secret, other]));
    return bits === null ? agreed : agreed.slice(0, Math.ceil(bits / 8));
  }
  const [hash, length] = [keys.hostName(algorithm.hash), (bits ?? 0) / 8];
  const salt = content(algorithm.salt, "deriveBits", "the salt of the 1st");
  if (algorithm.name === "PBKDF2") {
    const options = [hash, secret.length, algorithm.iterations, length];
    return operate("pbkdf2", options, concatenate([secret, salt]));
  }
  const info = content(algorithm.info ?? NOTHING, "deriveBits", "the info of the 1st");
  return operate("hkdf", [hash, secret.length, salt.length, length], concatenate([secret, salt, info]));
}

async function deriveBits(given: unknown, key: CryptoKey, length: number | null): Promise<ArrayBuffer> {
  const algorithm = keys.algorithmIn(given);
  keys.requireUsage(key, algorithm, "deriveBits", "derive bits");
  return bufferOf(attempt(() => derived(algorithm, key, length)));
}

async function deriveKey(
  given: unknown,
  key: CryptoKey,
  wanted: unknown,
  extractable: boolean,
  usages: KeyUsage[],
): Promise<CryptoKey> {
  const [algorithm, target] = [keys.algorithmIn(given), keys.algorithmIn(wanted)];
  keys.requireUsage(key, algorithm, "deriveKey", "derive a key");
  const bytes = attempt(() => derived(algorithm, key, secretBits(target)));
  return importKey("raw", bytes, target, extractable, usages);
}

async function wrapKey(
  format: Format,
  key: CryptoKey,
  wrapping: CryptoKey,
  given: unknown,
): Promise<ArrayBuffer> {
  const algorithm = keys.algorithmIn(given);
  keys.requireUsage(wrapping, algorithm, "wrapKey", "wrapKey");
  const exported = await exportKey(format, key);
  const bytes = exported instanceof ArrayBuffer ? new Uint8Array(exported) : Buffer.from(stringify(exported));
  return changed(algorithm, wrapping, bytes, false);
}

async function unwrapKey(
  format: Format,
  wrapped: unknown,
  wrapping: CryptoKey,
  given: unknown,
  wanted: unknown,
  extractable: boolean,
  usages: KeyUsage[],
): Promise<CryptoKey> {
  const algorithm = keys.algorithmIn(given);
  keys.requireUsage(wrapping, algorithm, "unwrapKey", "unwrapKey");
  const bytes = changed(algorithm, wrapping, content(wrapped, "unwrapKey", "2nd"), true);
  const data = format === "jwk" ? parseJson(asBuffer(new Uint8Array(bytes)).toString()) : bytes;
  return importKey(format, data, wanted, extractable, usages);
}

export const subtle = {
  decrypt,
  deriveBits,
  deriveKey,
  digest,
  encrypt,
  exportKey,
  generateKey,
  importKey,
  sign,
  unwrapKey,
  verify,
  wrapKey,
};

/** Fill an array of whole numbers with random ones. */
export function getRandomValues<T extends ArrayBufferView>(array: T): T {
  if (!ArrayBuffer.isView(array) || array instanceof DataView || /^Float/.test(array.constructor.name)) {
    throw complaint("The data argument must be an integer-type TypedArray", "TypeMismatchError");
  }
  if (array.byteLength > MOST_RANDOM_BYTES) {
    const words = `The requested length exceeds ${MOST_RANDOM_BYTES} bytes`;
    throw complaint(words, "QuotaExceededError");
  }
  return randomFillSync(array);
}
