/** Keys that are made. Source: Node.js documentation, Crypto, generateKey, generateKeyPair. */

import { operate } from "../bridge.ts";
import { unavailableFunction } from "../unavailable.ts";
import {
  type Done,
  later,
  notOneOf,
  operateForJson,
  requireInteger,
  requireString,
  withCode,
  wrongType,
} from "./data.ts";
import { createSecretKey, type Described, type KeyObject, keyOf } from "./keys.ts";

interface Encoding {
  type?: string;
  format?: string;
}

interface PairOptions {
  modulusLength?: unknown;
  publicExponent?: unknown;
  namedCurve?: unknown;
  publicKeyEncoding?: Encoding;
  privateKeyEncoding?: Encoding;
}

interface Pair {
  publicKey: unknown;
  privateKey: unknown;
}

const PAIRS = ["rsa", "ec", "ed25519", "ed448"];
/** Node makes these as well. */
const ELSEWHERE = ["rsa-pss", "dsa", "dh", "x25519", "x448"];
const AES_BITS = [128, 192, 256];
const USUAL_EXPONENT = 0x1_0001;

function unsupported(type: unknown): TypeError {
  const message = `The argument 'type' must be a supported key type. Received '${String(type)}'`;
  return withCode(new TypeError(message), "ERR_INVALID_ARG_VALUE");
}

function requireOptions<T>(options: T | undefined): T {
  if (typeof options !== "object" || options === null) throw wrongType("options", "of type object", options);
  return options;
}

/** Make both halves of a key. */
export function makePair(type: string, options: object): Record<"privateKey" | "publicKey", KeyObject> {
  const made = operateForJson("generate pair", [type, options]) as Record<keyof Pair, Described>;
  return { publicKey: keyOf("public", made.publicKey), privateKey: keyOf("private", made.privateKey) };
}

function checked(type: string, options: PairOptions): object {
  const { modulusLength, publicExponent = USUAL_EXPONENT, namedCurve } = options;
  if (type === "rsa") {
    requireInteger("options.modulusLength", modulusLength, 0);
    requireInteger("options.publicExponent", publicExponent, 0);
    return { modulusLength, publicExponent };
  }
  return type === "ec" ? { namedCurve: requireText("options.namedCurve", namedCurve) } : {};
}

function requireText(name: string, value: unknown): string {
  if (typeof value !== "string") throw wrongType(name, "of type string", value);
  return value;
}

function encoded(key: KeyObject, encoding: Encoding | undefined): unknown {
  return encoding === undefined ? key : key.export(encoding);
}

export function generateKeyPairSync(type: string, options?: PairOptions): Pair {
  requireString("type", type);
  if (ELSEWHERE.includes(type)) unavailableFunction(`crypto.generateKeyPair("${type}")`)();
  if (!PAIRS.includes(type)) throw unsupported(type);
  const wanted = type === "rsa" || type === "ec" ? requireOptions(options) : (options ?? {});
  const { publicKey, privateKey } = makePair(type, checked(type, wanted));
  return {
    publicKey: encoded(publicKey, wanted.publicKeyEncoding),
    privateKey: encoded(privateKey, wanted.privateKeyEncoding),
  };
}

export function generateKeyPair(type: string, options: PairOptions | Done, done?: Done): void {
  if (typeof options === "function") {
    generateKeyPair(type, {}, options);
    return;
  }
  later(
    () => generateKeyPairSync(type, options),
    typeof done === "function"
      ? (error: unknown, pair?: Pair) => {
          if (error) done(error);
          else (done as (...told: unknown[]) => void)(null, pair?.publicKey, pair?.privateKey);
        }
      : done,
  );
}

export function generateKeySync(type: string, options?: { length?: unknown }): KeyObject {
  requireString("type", type);
  const { length } = requireOptions(options);
  if (type !== "hmac" && type !== "aes") throw unsupported(type);
  if (type === "aes" && !AES_BITS.includes(length as number))
    throw notOneOf("options.length", AES_BITS, length);
  const bits = requireInteger("options.length", length, 8);
  return createSecretKey(operate("random", [Math.floor(bits / 8)]));
}

export function generateKey(type: string, options: { length?: unknown }, done?: Done): void {
  later(() => generateKeySync(type, options), done);
}
