/**
 * Node's `crypto` as functions use it; the host computes. Source: Node.js documentation, Crypto.
 *
 * What is missing is there as a function that says so; it is not among the keys of the module.
 */

import { unavailableFunction } from "../unavailable.ts";
import { Cipheriv, createCipher, createCipheriv, createDecipher, createDecipheriv, Decipheriv, getCiphers } from "./cipher.ts"; // biome-ignore format: names
import { bytesOf, withCode } from "./data.ts";
import { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync } from "./derive.ts";
import { createHash, createHmac, getHashes, Hash, Hmac, hash } from "./hash.ts";
import { createPrivateKey, createPublicKey, createSecretKey, KeyObject, privateDecrypt, publicEncrypt } from "./keys.ts"; // biome-ignore format: names
import { generateKey, generateKeyPair, generateKeyPairSync, generateKeySync } from "./make.ts";
import { randomBytes, randomFill, randomFillSync, randomInt, randomUUID } from "./random.ts";
import { createSign, createVerify, Sign, sign, Verify, verify } from "./sign.ts";
import { getRandomValues, subtle } from "./subtle.ts";

const BYTES = "an instance of ArrayBuffer, Buffer, TypedArray, or DataView";
const MISSING = [
  "checkPrime", "checkPrimeSync", "createDiffieHellman", "createDiffieHellmanGroup", "createECDH",
  "diffieHellman", "generatePrime", "generatePrimeSync", "getCipherInfo", "getCurves", "getDiffieHellman", "getFips", "privateEncrypt",
  "publicDecrypt", "secureHeapUsed", "setEngine", "setFips",
]; // biome-ignore format: a list

function timingSafeEqual(one: unknown, other: unknown): boolean {
  for (const [name, value] of Object.entries({ buf1: one, buf2: other })) {
    if (typeof value === "string") {
      throw withCode(new TypeError(`The "${name}" argument must be ${BYTES}.`), "ERR_INVALID_ARG_TYPE");
    }
  }
  const [a, b] = [bytesOf(one, undefined, "buf1", BYTES), bytesOf(other, undefined, "buf2", BYTES)];
  if (a.length !== b.length) {
    const error = new RangeError("Input buffers must have the same byte length");
    throw withCode(error, "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH");
  }
  return a.every((byte, index) => byte === b[index]);
}

const constants = {
  RSA_PKCS1_PADDING: 1,
  RSA_NO_PADDING: 3,
  RSA_PKCS1_OAEP_PADDING: 4,
  RSA_X931_PADDING: 5,
  RSA_PKCS1_PSS_PADDING: 6,
  RSA_PSS_SALTLEN_DIGEST: -1,
  RSA_PSS_SALTLEN_MAX_SIGN: -2,
  RSA_PSS_SALTLEN_AUTO: -2,
};

export const crypto = {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  createSign,
  createVerify,
  generateKey,
  generateKeyPair,
  generateKeyPairSync,
  generateKeySync,
  getCiphers,
  getHashes,
  hkdf,
  hkdfSync,
  pbkdf2,
  pbkdf2Sync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  sign,
  timingSafeEqual,
  verify,
  hash,
  Cipheriv,
  Decipheriv,
  Hash,
  Hmac,
  KeyObject,
  Sign,
  Verify,
  constants,
};

function hidden(name: string, value: unknown): void {
  Object.defineProperty(crypto, name, { value, writable: true, configurable: true });
}

for (const name of MISSING) hidden(name, unavailableFunction(`crypto.${name}`));
hidden("createCipher", createCipher);
hidden("createDecipher", createDecipher);
hidden("webcrypto", { subtle, getRandomValues, randomUUID });
hidden("subtle", subtle);
hidden("getRandomValues", getRandomValues);
