/** Node's zlib over the host's. Source: Node.js documentation, Zlib. */

import { Transform } from "readable-stream";
import { concatenate, operate } from "./bridge.ts";
import { asBuffer, toBytes } from "./buffer.ts";
import {
  bytesOf,
  type Done,
  later,
  NOTHING,
  operateForJson,
  requireInteger,
  withCode,
  wrongType,
} from "./crypto/data.ts";

interface ZlibOptions {
  level?: number;
  memLevel?: number;
  strategy?: number;
  finishFlush?: number;
  params?: Record<string, unknown>;
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
const BROTLI = {
  BROTLI_DECODE: 8,
  BROTLI_ENCODE: 9,
  BROTLI_OPERATION_PROCESS: 0,
  BROTLI_OPERATION_FLUSH: 1,
  BROTLI_OPERATION_FINISH: 2,
  BROTLI_OPERATION_EMIT_METADATA: 3,
  BROTLI_PARAM_MODE: 0,
  BROTLI_MODE_GENERIC: 0,
  BROTLI_MODE_TEXT: 1,
  BROTLI_MODE_FONT: 2,
  BROTLI_DEFAULT_MODE: 0,
  BROTLI_PARAM_QUALITY: 1,
  BROTLI_MIN_QUALITY: 0,
  BROTLI_MAX_QUALITY: 11,
  BROTLI_DEFAULT_QUALITY: 11,
  BROTLI_PARAM_LGWIN: 2,
  BROTLI_MIN_WINDOW_BITS: 10,
  BROTLI_MAX_WINDOW_BITS: 24,
  BROTLI_LARGE_MAX_WINDOW_BITS: 30,
  BROTLI_DEFAULT_WINDOW: 22,
  BROTLI_PARAM_LGBLOCK: 3,
  BROTLI_MIN_INPUT_BLOCK_BITS: 16,
  BROTLI_MAX_INPUT_BLOCK_BITS: 24,
  BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING: 4,
  BROTLI_PARAM_SIZE_HINT: 5,
  BROTLI_PARAM_LARGE_WINDOW: 6,
  BROTLI_PARAM_NPOSTFIX: 7,
  BROTLI_PARAM_NDIRECT: 8,
};

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

function brotliParameters(params: Record<string, unknown>): number[] {
  const values = [BROTLI.BROTLI_DEFAULT_MODE, BROTLI.BROTLI_DEFAULT_QUALITY, BROTLI.BROTLI_DEFAULT_WINDOW, 0];
  for (const [key, value] of Object.entries(params)) {
    if (!(Number(key) >= 0 && Number(key) <= BROTLI.BROTLI_PARAM_NDIRECT)) {
      const error = new RangeError(`${key} is not a valid Brotli parameter`);
      throw withCode(error, "ERR_BROTLI_INVALID_PARAM");
    }
    if (typeof value !== "number") throw wrongType("options.params[key]", "of type number", value);
    if (Number(key) < values.length) values[Number(key)] = value;
  }
  return values;
}

function brotliCompression(data: Uint8Array, { params = {} }: ZlibOptions): Uint8Array {
  return operate("brotli compress", brotliParameters(params), data);
}

function brotliDecompression(data: Uint8Array, { finishFlush }: ZlibOptions): Uint8Array {
  const wanted = finishFlush === BROTLI.BROTLI_OPERATION_FLUSH ? "partial" : "complete";
  return operate("brotli decompress", [wanted], data);
}

/** The checksum of data, or of what comes behind data of the checksum `value`. */
function crc32(data: unknown, value = 0): unknown {
  const start = requireInteger("value", value, 0, 4_294_967_295);
  return operateForJson("crc32", [start], bytesOf(data, undefined, "data", DATA));
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
const brotliCompress = forms(brotliCompression);
const brotliDecompress = forms(brotliDecompression);

export const zlib = {
  brotliCompress: brotliCompress.withCallback,
  brotliCompressSync: brotliCompress.sync,
  brotliDecompress: brotliDecompress.withCallback,
  brotliDecompressSync: brotliDecompress.sync,
  crc32,
  createBrotliCompress: brotliCompress.stream,
  createBrotliDecompress: brotliDecompress.stream,
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
  constants: { ...constants, ...BROTLI },
  ...constants,
};
