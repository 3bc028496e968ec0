/** Node's zlib over the host's; Brotli is not there. Source: Node.js documentation, Zlib. */

import { Transform } from "readable-stream";
import { concatenate, operate } from "./bridge.ts";
import { asBuffer, toBytes } from "./buffer.ts";
import { bytesOf, type Done, later, NOTHING, requireInteger } from "./crypto/data.ts";
import { unavailableFunction } from "./unavailable.ts";

interface ZlibOptions {
  level?: number;
  memLevel?: number;
  strategy?: number;
  finishFlush?: number;
}

const DATA = "of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer";

/** What is done to bytes, all of them at once. */
type Change = (data: Uint8Array, options: ZlibOptions) => Uint8Array;

const constants = {
  Z_NO_FLUSH: 0,
  Z_PARTIAL_FLUSH: 1,
  Z_SYNC_FLUSH: 2,
  Z_FULL_FLUSH: 3,
  Z_FINISH: 4,
  Z_BLOCK: 5,
  Z_OK: 0,
  Z_STREAM_END: 1,
  Z_NEED_DICT: 2,
  Z_ERRNO: -1,
  Z_STREAM_ERROR: -2,
  Z_DATA_ERROR: -3,
  Z_MEM_ERROR: -4,
  Z_BUF_ERROR: -5,
  Z_VERSION_ERROR: -6,
  Z_NO_COMPRESSION: 0,
  Z_BEST_SPEED: 1,
  Z_BEST_COMPRESSION: 9,
  Z_DEFAULT_COMPRESSION: -1,
  Z_FILTERED: 1,
  Z_HUFFMAN_ONLY: 2,
  Z_RLE: 3,
  Z_FIXED: 4,
  Z_DEFAULT_STRATEGY: 0,
  Z_DEFAULT_MEMLEVEL: 8,
};
const MISSING = ["brotliCompress", "brotliCompressSync", "brotliDecompress", "brotliDecompressSync", "crc32"];

function compression(format: string): Change {
  return (data, { level = constants.Z_DEFAULT_COMPRESSION, memLevel = 8, strategy = 0 }) => {
    requireInteger("options.level", level, -1, 9);
    requireInteger("options.memLevel", memLevel, 1, 9);
    requireInteger("options.strategy", strategy, 0, 4);
    return operate("compress", [format, level, memLevel, strategy], data);
  };
}

function decompression(format: string): Change {
  return (data, { finishFlush = constants.Z_FINISH }) =>
    operate("decompress", [format, finishFlush === constants.Z_SYNC_FLUSH ? "partial" : "complete"], data);
}

/** Collects what is written and has the host change it at the end. */
class Zlib extends Transform {
  readonly #chunks: Uint8Array[] = [];
  readonly #change: Change;
  readonly #options: ZlibOptions;

  constructor(change: Change, options: ZlibOptions = {}) {
    super();
    this.#change = change;
    this.#options = options;
  }

  override _transform(chunk: unknown, encoding: string, done: () => void): void {
    this.#chunks.push(toBytes(chunk, encoding));
    done();
  }

  override _flush(done: (error?: Error) => void): void {
    try {
      this.push(asBuffer(this.#changed()));
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  #changed(): Uint8Array {
    return this.#change(this.#chunks.length > 0 ? concatenate(this.#chunks) : NOTHING, this.#options);
  }
}

/** The three forms of one change: at once, with a callback, as a stream. */
function forms(change: Change) {
  function sync(data: unknown, options: ZlibOptions = {}): Uint8Array {
    return asBuffer(change(bytesOf(data, undefined, "buffer", DATA), options));
  }
  function withCallback(data: unknown, options: ZlibOptions | Done, done?: Done): void {
    const [given, told] = typeof options === "function" ? [{}, options] : [options, done];
    const bytes = bytesOf(data, undefined, "buffer", DATA);
    later(() => asBuffer(change(bytes, given)), told);
  }
  const stream = (options?: ZlibOptions): Zlib => new Zlib(change, options);
  return { sync, withCallback, stream };
}

const gzip = forms(compression("gzip"));
const deflate = forms(compression("deflate"));
const deflateRaw = forms(compression("deflate-raw"));
const gunzip = forms(decompression("gzip"));
const inflate = forms(decompression("deflate"));
const inflateRaw = forms(decompression("deflate-raw"));
const unzip = forms(decompression("unzip"));

export const zlib = {
  createDeflate: deflate.stream,
  createDeflateRaw: deflateRaw.stream,
  createGunzip: gunzip.stream,
  createGzip: gzip.stream,
  createInflate: inflate.stream,
  createInflateRaw: inflateRaw.stream,
  createUnzip: unzip.stream,
  deflate: deflate.withCallback,
  deflateRaw: deflateRaw.withCallback,
  deflateRawSync: deflateRaw.sync,
  deflateSync: deflate.sync,
  gunzip: gunzip.withCallback,
  gunzipSync: gunzip.sync,
  gzip: gzip.withCallback,
  gzipSync: gzip.sync,
  inflate: inflate.withCallback,
  inflateRaw: inflateRaw.withCallback,
  inflateRawSync: inflateRaw.sync,
  inflateSync: inflate.sync,
  unzip: unzip.withCallback,
  unzipSync: unzip.sync,
  constants,
  ...constants,
};

for (const name of MISSING) {
  const value = unavailableFunction(`zlib.${name}`);
  Object.defineProperty(zlib, name, { value, writable: true, configurable: true });
}
