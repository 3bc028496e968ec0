/** AES ciphers. Source: Node.js documentation, Crypto, classes Cipher and Decipher. */

import { Transform } from "readable-stream";
import { StringDecoder } from "string_decoder";
import { concatenate, operate } from "../bridge.ts";
import { asBuffer, Buffer } from "../buffer.ts";
import { bytesOf, type Data, NOTHING, type Output, output, requireString, withCode } from "./data.ts";
import { secretBytes } from "./keys.ts";

interface CipherOptions {
  authTagLength?: number;
}

type State = "new" | "running" | "ended";

const NAME = /^(?:id-)?aes-?(128|192|256)(?:-?(cbc|ctr|ecb|gcm))?$/;
const TAG_BYTES = 16;
const TAG_LENGTHS = [4, 8, 12, 13, 14, 15, 16];
const IV_BYTES: Readonly<Record<string, number>> = { cbc: 16, ctr: 16, ecb: 0 };
const GCM_IV_BYTES = 12;
const GROUPING = /^(?:base64|utf-?8|ucs-?2|utf-?16le)$/i;
const SIZES = ["128", "192", "256"];

export function getCiphers(): string[] {
  return SIZES.flatMap((bits) => ["cbc", "ctr", "ecb", "gcm"].map((mode) => `aes-${bits}-${mode}`));
}

function parse(name: unknown): [keyBytes: number, mode: string] {
  const found = NAME.exec(requireString("cipher", name).toLowerCase());
  if (found === null) throw withCode(new Error("Unknown cipher"), "ERR_CRYPTO_UNKNOWN_CIPHER");
  return [Number(found[1]) / 8, found[2] ?? "cbc"];
}

function requireIv(mode: string, iv: Uint8Array): void {
  const wanted = IV_BYTES[mode];
  if (wanted === undefined ? iv.length > 0 : iv.length === wanted) return;
  throw withCode(new TypeError("Invalid initialization vector"), "ERR_CRYPTO_INVALID_IV");
}

/** Encrypts or decrypts bit by bit; the host begins with the first piece. */
class AesCipher extends Transform {
  readonly #mode: string;
  readonly #decrypts: boolean;
  readonly #key: Uint8Array;
  readonly #iv: Uint8Array;
  readonly #tagBytes: number;
  #state: State = "new";
  #pads = true;
  #handle = 0;
  #authenticated: Uint8Array = NOTHING;
  #tag: Uint8Array | undefined;
  #decoder: StringDecoder | undefined;

  constructor(decrypts: boolean, name: unknown, key: unknown, iv: unknown, options: CipherOptions = {}) {
    super();
    const [keyBytes, mode] = parse(name);
    this.#mode = mode;
    this.#decrypts = decrypts;
    this.#key = secretBytes(key).slice();
    this.#iv = iv === null ? NOTHING : bytesOf(iv, undefined, "iv").slice();
    this.#tagBytes = options.authTagLength ?? TAG_BYTES;
    if (this.#key.length !== keyBytes) {
      throw withCode(new RangeError("Invalid key length"), "ERR_CRYPTO_INVALID_KEYLEN");
    }
    requireIv(mode, this.#iv);
  }

  #begin(): void {
    if (this.#state !== "new") return;
    this.#state = "running";
    const options = [this.#mode, this.#decrypts, this.#pads, this.#key.length];
    const handle = operate("cipher start", options, concatenate([this.#key, this.#iv]));
    this.#handle = Number(Buffer.from(handle).toString("utf8"));
    if (this.#authenticated.length > 0) operate("cipher authenticate", [this.#handle], this.#authenticated);
  }

  update(data: Data, inputEncoding?: string, outputEncoding?: string): Output {
    if (this.#state === "ended") throw new Error("Trying to add data in unsupported state");
    this.#begin();
    const more = operate("cipher update", [this.#handle], bytesOf(data, inputEncoding));
    return this.#decoderFor(outputEncoding)?.write(asBuffer(more)) ?? output(more, outputEncoding);
  }

  /** What these encodings write in groups of bytes waits for the rest of its group. */
  #decoderFor(encoding: string | undefined): StringDecoder | undefined {
    if (encoding === undefined || !GROUPING.test(encoding)) return undefined;
    this.#decoder ??= new StringDecoder(encoding as BufferEncoding);
    return this.#decoder;
  }

  final(encoding?: string): Output {
    if (this.#state === "ended") throw withCode(new Error("Invalid state"), "ERR_CRYPTO_INVALID_STATE");
    this.#begin();
    this.#state = "ended";
    const rest = operate("cipher end", [this.#handle], this.#tag ?? NOTHING);
    const last = this.#withoutTag(rest);
    return this.#decoderFor(encoding)?.end(asBuffer(last)) ?? output(last, encoding);
  }

  /** Behind what GCM encrypts comes its tag. */
  #withoutTag(rest: Uint8Array): Uint8Array {
    if (this.#decrypts || this.#mode !== "gcm") return rest;
    const end = rest.length - TAG_BYTES;
    this.#tag = rest.slice(end, end + this.#tagBytes);
    return rest.subarray(0, end);
  }

  setAutoPadding(pads = true): this {
    this.#pads = Boolean(pads);
    return this;
  }

  protected addAuthenticated(data: Data, encoding?: string): this {
    this.#authenticated = concatenate([this.#authenticated, bytesOf(data, encoding, "buffer")]);
    return this;
  }

  setAAD(data: Data, options?: { encoding?: string }): this {
    return this.addAuthenticated(data, options?.encoding);
  }

  protected tag(): Uint8Array {
    if (this.#tag === undefined || this.#state !== "ended") {
      const error = new Error("Invalid state for operation getAuthTag");
      throw withCode(error, "ERR_CRYPTO_INVALID_STATE");
    }
    return asBuffer(this.#tag.slice());
  }

  protected expectTag(tag: Uint8Array): void {
    if (!TAG_LENGTHS.includes(tag.length)) {
      const error = new TypeError(`Invalid authentication tag length: ${tag.length}`);
      throw withCode(error, "ERR_CRYPTO_INVALID_AUTH_TAG");
    }
    this.#tag = tag.slice();
  }

  override _transform(chunk: unknown, encoding: string, done: () => void): void {
    this.push(this.update(chunk as Data, encoding));
    done();
  }

  override _flush(done: (error?: Error) => void): void {
    try {
      this.push(this.final());
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}

export class Cipheriv extends AesCipher {
  getAuthTag(): Uint8Array {
    return this.tag();
  }
}

export class Decipheriv extends AesCipher {
  setAuthTag(tag: Data, encoding?: string): this {
    this.expectTag(bytesOf(tag, encoding, "buffer"));
    return this;
  }
}

export function createCipheriv(name: string, key: unknown, iv: unknown, options?: CipherOptions): Cipheriv {
  return new Cipheriv(false, name, key, iv, options);
}

export function createDecipheriv(
  name: string,
  key: unknown,
  iv: unknown,
  options?: CipherOptions,
): Decipheriv {
  return new Decipheriv(true, name, key, iv, options);
}

/** Key and IV out of a password, as OpenSSL made them without salt. Source: OpenSSL documentation, EVP_BytesToKey. */
function fromPassword(name: string, password: Data): [Uint8Array, Uint8Array | null] {
  const [keyBytes, mode] = parse(name);
  const ivBytes = IV_BYTES[mode] ?? GCM_IV_BYTES;
  const secret = bytesOf(password, undefined, "key");
  let made: Uint8Array = NOTHING;
  let block: Uint8Array = NOTHING;
  while (made.length < keyBytes + ivBytes) {
    block = operate("hash", ["md5", null], concatenate([block, secret]));
    made = concatenate([made, block]);
  }
  return [made.slice(0, keyBytes), made.slice(keyBytes, keyBytes + ivBytes)];
}

/** Deprecated in Node, and still in Node 20. */
export function createCipher(name: string, password: Data): Cipheriv {
  return createCipheriv(name, ...fromPassword(name, password));
}

export function createDecipher(name: string, password: Data): Decipheriv {
  return createDecipheriv(name, ...fromPassword(name, password));
}
