/** npm packages that bring no types of their own, as far as they are used here. */

declare module "buffer/" {
  interface Bytes extends Uint8Array {
    toString(encoding?: string, start?: number, end?: number): string;
  }
  interface BytesClass {
    readonly prototype: Bytes;
    from(value: unknown, encodingOrOffset?: string | number, length?: number): Bytes;
    isEncoding(encoding: unknown): boolean;
  }
  export const Buffer: BytesClass;
  export const kMaxLength: number;
  export const SlowBuffer: unknown;
  export const INSPECT_MAX_BYTES: number;
}

declare module "events" {
  type Listener = (...args: never[]) => void;
  export class EventEmitter {
    on(event: string, listener: Listener): this;
    once(event: string, listener: Listener): this;
    emit(event: string, ...args: unknown[]): boolean;
    listenerCount(event: string): number;
  }
  export default EventEmitter;
}

declare module "readable-stream" {
  import type { EventEmitter } from "events";

  type Done = (error?: Error | null) => void;
  class Stream extends EventEmitter {}
  export class Readable extends Stream {
    constructor(options?: object);
    push(chunk: unknown): boolean;
    resume(): this;
    _read(): void;
  }
  export class Writable extends Stream {
    constructor(options?: object);
    end(chunk?: unknown, encoding?: unknown, done?: unknown): this;
    destroy(error?: Error | null): this;
    _write(chunk: unknown, encoding: string, done: Done): void;
  }
  export class Transform extends Readable {
    end(chunk?: unknown): this;
    _transform(chunk: unknown, encoding: string, done: Done): void;
    _flush(done: Done): void;
  }
  const stream: Record<string, unknown> & { Stream: object };
  export default stream;
}

declare module "string_decoder" {
  const stringDecoder: unknown;
  export default stringDecoder;
}

declare module "url/" {
  const url: Record<string, unknown>;
  export default url;
}

declare module "btoa" {
  const btoa: (text: unknown) => string;
  export default btoa;
}

declare module "atob" {
  const atob: (text: unknown) => string;
  export default atob;
}

declare module "core-js-pure/actual/structured-clone" {
  const structuredClone: (value: unknown) => unknown;
  export default structuredClone;
}
declare module "@exodus/bytes/encoding-lite.js" {
  export const TextDecoder: unknown;
  export const TextEncoder: unknown;
}
declare module "core-js/actual/url";
declare module "core-js/actual/url-search-params";
declare module "path-browserify";

declare module "punycode/" {
  const punycode: unknown;
  export default punycode;
}
declare module "querystring-es3";
declare module "util/";
