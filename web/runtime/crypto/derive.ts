/** Keys out of passwords and other keys. Source: Node.js documentation, Crypto, pbkdf2, scrypt, hkdf. */

import { concatenate, operate } from "../bridge.ts";
import {
  bytesOf,
  type Data,
  type Done,
  later,
  type Output,
  output,
  requireInteger,
  withCode,
} from "./data.ts";
import { digestName } from "./hash.ts";
import { secretBytes } from "./keys.ts";

interface ScryptOptions {
  N?: number;
  cost?: number;
  r?: number;
  blockSize?: number;
  p?: number;
  parallelization?: number;
  maxmem?: number;
}

const SCRYPT_MEMORY_BYTES = 32 * 1024 * 1024;
const MEMORY_LIMIT = "error:030000AC:digital envelope routines::memory limit exceeded";

export function pbkdf2Sync(
  password: Data,
  salt: Data,
  iterations: number,
  length: number,
  digest: string,
): Output {
  const name = digestName(digest);
  requireInteger("iterations", iterations, 1);
  requireInteger("keylen", length, 0);
  const [secret, grain] = [bytesOf(password, undefined, "password"), bytesOf(salt, undefined, "salt")];
  return output(operate("pbkdf2", [name, secret.length, iterations, length], concatenate([secret, grain])));
}

export function pbkdf2(
  password: Data,
  salt: Data,
  iterations: number,
  length: number,
  digest: string,
  done?: Done,
): void {
  later(() => pbkdf2Sync(password, salt, iterations, length, digest), done);
}

function wrongScrypt(detail = ""): RangeError {
  return withCode(new RangeError(`Invalid scrypt params${detail}`), "ERR_CRYPTO_INVALID_SCRYPT_PARAMS");
}

/** Return N, r, p and the memory allowed. */
function scryptCosts(options: ScryptOptions): [number, number, number, number] {
  const cost = options.N ?? options.cost ?? 16384;
  const blockSize = options.r ?? options.blockSize ?? 8;
  const memory = options.maxmem ?? SCRYPT_MEMORY_BYTES;
  if (cost < 2 || (cost & (cost - 1)) !== 0) throw wrongScrypt();
  if (128 * cost * blockSize > memory) throw wrongScrypt(`: ${MEMORY_LIMIT}`);
  return [cost, blockSize, options.p ?? options.parallelization ?? 1, memory];
}

export function scryptSync(password: Data, salt: Data, length: number, options: ScryptOptions = {}): Output {
  const costs = scryptCosts(options);
  requireInteger("keylen", length, 0);
  const [secret, grain] = [bytesOf(password, undefined, "password"), bytesOf(salt, undefined, "salt")];
  return output(operate("scrypt", [secret.length, length, ...costs], concatenate([secret, grain])));
}

export function scrypt(
  password: Data,
  salt: Data,
  length: number,
  options: ScryptOptions | Done,
  done?: Done,
): void {
  const [given, told] = typeof options === "function" ? [{}, options] : [options, done];
  later(() => scryptSync(password, salt, length, given), told);
}

export function hkdfSync(digest: string, key: unknown, salt: Data, info: Data, length: number): ArrayBuffer {
  const name = digestName(digest);
  requireInteger("length", length, 0);
  const parts = [
    secretBytes(key),
    bytesOf(salt, undefined, "salt"),
    bytesOf(info, undefined, "info"),
  ] as const;
  const options = [name, parts[0].length, parts[1].length, length];
  return operate("hkdf", options, concatenate(parts)).slice().buffer as ArrayBuffer;
}

export function hkdf(
  digest: string,
  key: unknown,
  salt: Data,
  info: Data,
  length: number,
  done?: Done,
): void {
  later(() => hkdfSync(digest, key, salt, info, length), done);
}
