/** Node's zlib streams for reading, over the host's zlib. Source: Node.js documentation, Zlib. */

import { Transform } from "readable-stream";
import { concatenate, operate } from "./bridge.ts";
import { asBuffer, toBytes } from "./buffer.ts";
import { nextTick } from "./timers.ts";

type Format = "gzip" | "deflate" | "deflate-raw";

/** Collects what is written and has the host decompress it at the end. */
class Decompress extends Transform {
  readonly #chunks: Uint8Array[] = [];
  readonly #format: Format;

  constructor(format: Format) {
    super();
    this.#format = format;
  }

  override _transform(chunk: unknown, encoding: string, done: () => void): void {
    this.#chunks.push(toBytes(chunk, encoding));
    done();
  }

  override _flush(done: (error?: Error) => void): void {
    try {
      if (this.#chunks.length > 0)
        this.push(asBuffer(operate("decompress", [this.#format], concatenate(this.#chunks))));
      done();
    } catch (error) {
      done(error as Error);
    }
  }
}

type Options = { level?: number };
type Done = (error: unknown, result?: Uint8Array) => void;
type Sync = (data: unknown, options?: Options) => Uint8Array;

const DEFAULT_LEVEL = -1;

function compressing(format: Format): Sync {
  return (data, options) =>
    asBuffer(operate("compress", [format, options?.level ?? DEFAULT_LEVEL], toBytes(data, "utf8")));
}

function decompressing(format: Format | "any"): Sync {
  return (data) => asBuffer(operate("inflate", [format], toBytes(data, "utf8")));
}

/** The same with a callback, and options before it where there are any. */
function calling(sync: Sync): (data: unknown, ...rest: unknown[]) => void {
  return (data, ...rest) => {
    const done = rest.pop() as Done;
    nextTick(() => {
      try {
        done(null, sync(data, rest[0] as Options | undefined));
      } catch (error) {
        done(error);
      }
    });
  };
}

const SYNC: Readonly<Record<string, Sync>> = {
  deflate: compressing("deflate"),
  deflateRaw: compressing("deflate-raw"),
  gzip: compressing("gzip"),
  gunzip: decompressing("gzip"),
  inflate: decompressing("deflate"),
  inflateRaw: decompressing("deflate-raw"),
  unzip: decompressing("any"),
};

export const zlib = {
  ...Object.fromEntries(Object.entries(SYNC).map(([name, sync]) => [`${name}Sync`, sync])),
  ...Object.fromEntries(Object.entries(SYNC).map(([name, sync]) => [name, calling(sync)])),
  createGunzip: (): Transform => new Decompress("gzip"),
  createInflate: (): Transform => new Decompress("deflate"),
  createInflateRaw: (): Transform => new Decompress("deflate-raw"),
  Z_SYNC_FLUSH: 2,
};
