/** Node's zlib streams for reading, over the host's zlib. Source: Node.js documentation, Zlib. */

import { Transform } from "readable-stream";
import { concatenate, operate } from "./bridge.ts";
import { asBuffer, toBytes } from "./buffer.ts";

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

export const zlib = {
  createGunzip: (): Transform => new Decompress("gzip"),
  createInflate: (): Transform => new Decompress("deflate"),
  createInflateRaw: (): Transform => new Decompress("deflate-raw"),
  Z_SYNC_FLUSH: 2,
};
