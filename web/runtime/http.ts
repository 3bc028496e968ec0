/** Node's `http` and `https` clients over the host. Source: Node.js documentation, HTTP. */

import { EventEmitter } from "events";
import { Readable, Writable } from "readable-stream";
import { concatenate } from "./bridge.ts";
import { asBuffer, Buffer, fromBase64, toBase64, toBytes } from "./buffer.ts";
import { forgetExchange, startExchange, type WireAnswer, type WireResponse } from "./exchanges.ts";
import { STATUS_CODES } from "./status-codes.ts";
import { clearTimeout, nextTick, setTimeout } from "./timers.ts";
import { URL } from "./url.ts";

type HeaderValue = string | number | readonly string[];
type Responded = (response: IncomingMessage) => void;

interface RequestOptions {
  protocol?: string | undefined;
  hostname?: string | undefined;
  host?: string | undefined;
  port?: string | number | undefined;
  path?: string | undefined;
  method?: string | undefined;
  auth?: string | undefined;
  headers?: Record<string, HeaderValue | undefined> | undefined;
  timeout?: number | undefined;
  agent?: unknown;
}

/** Stands in for the connection, which is the host's. */
class Socket extends EventEmitter {
  readonly encrypted = true;
  readonly authorized = true;
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  destroy(): this {
    return this;
  }
}

/** Accepted for compatibility; connections are the host's. */
class Agent extends EventEmitter {
  readonly maxSockets = Number.POSITIVE_INFINITY;
  constructor(readonly options: object = {}) {
    super();
  }
  destroy(): void {}
}

/** A response as Node hands it over. */
class IncomingMessage extends Readable {
  readonly httpVersion = "1.1";
  readonly headers: Record<string, string | string[]> = {};
  readonly rawHeaders: string[] = [];
  readonly trailers = {};
  readonly complete = true;
  readonly socket = new Socket();
  readonly statusCode: number;
  readonly statusMessage: string;
  #body: Uint8Array | null;

  constructor(response: WireResponse) {
    super();
    this.statusCode = response.status;
    this.statusMessage = response.reason;
    this.#body = asBuffer(fromBase64(response.body));
    for (const [name, value] of response.headers) this.#addHeader(name, value);
  }

  #addHeader(name: string, value: string): void {
    const key = name.toLowerCase();
    const earlier = this.headers[key];
    this.rawHeaders.push(name, value);
    if (key === "set-cookie") this.headers[key] = [...(earlier ?? []), value];
    else this.headers[key] = earlier === undefined ? value : `${String(earlier)}, ${value}`;
  }

  override _read(): void {
    const body = this.#body;
    this.#body = null;
    if (body !== null && body.length > 0) this.push(body);
    this.push(null);
  }

  setTimeout(): this {
    return this;
  }
}

/** The numbers of Linux and of libuv. Source: Node.js documentation, Errors, common system errors. */
const ERRNO: Readonly<Record<string, number>> = {
  EAI_AGAIN: -3001,
  ECONNABORTED: -103,
  ECONNREFUSED: -111,
  ECONNRESET: -104,
  EHOSTUNREACH: -113,
  ENETUNREACH: -101,
  ENOTFOUND: -3008,
  EPIPE: -32,
  ETIMEDOUT: -110,
};
const SYSTEM_CALL = /^(getaddrinfo|connect|read|write) /;

/** An error as Node's sockets have it; the call is named where the message begins with it. */
function systemError(code: string, message: string): Error {
  const syscall = SYSTEM_CALL.exec(message)?.[1];
  const details = syscall === undefined ? {} : { errno: ERRNO[code], syscall };
  return Object.assign(new Error(message), { ...details, code });
}

/** A request that is sent, as one message to the host, when it is ended. */
class ClientRequest extends Writable {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly protocol: string;
  readonly socket = new Socket();
  aborted = false;
  readonly #port: string;
  readonly #headers = new Map<string, [name: string, value: HeaderValue]>();
  readonly #body: Uint8Array[] = [];
  #exchange = 0;
  #timeout: unknown;

  constructor(protocol: string, options: RequestOptions, responded?: Responded) {
    super({ autoDestroy: false });
    this.method = (options.method ?? "GET").toUpperCase();
    this.path = options.path ?? "/";
    this.host = options.hostname ?? options.host ?? "localhost";
    this.protocol = options.protocol ?? protocol;
    this.#port = String(options.port ?? "");
    this.#setHeaders(options);
    if (responded) this.once("response", responded);
    if (options.timeout) this.setTimeout(options.timeout);
    this.on("finish", () => this.#send());
    nextTick(() => this.emit("socket", this.socket));
  }

  #setHeaders(options: RequestOptions): void {
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (value !== undefined) this.setHeader(name, value);
    }
    if (options.auth && !this.hasHeader("Authorization")) {
      this.setHeader("Authorization", `Basic ${Buffer.from(options.auth).toString("base64")}`);
    }
  }

  setHeader(name: string, value: HeaderValue): this {
    this.#headers.set(name.toLowerCase(), [name, value]);
    return this;
  }

  getHeader(name: string): HeaderValue | undefined {
    return this.#headers.get(name.toLowerCase())?.[1];
  }

  hasHeader(name: string): boolean {
    return this.#headers.has(name.toLowerCase());
  }

  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }

  flushHeaders(): void {}

  setNoDelay(): void {}

  setSocketKeepAlive(): void {}

  setTimeout(ms: number, expired?: () => void): this {
    if (expired) this.once("timeout", expired);
    clearTimeout(this.#timeout);
    if (ms > 0) this.#timeout = setTimeout(() => this.emit("timeout"), ms);
    return this;
  }

  override _write(chunk: unknown, encoding: string, done: () => void): void {
    this.#body.push(toBytes(chunk, encoding));
    done();
  }

  #url(): string {
    const host = this.host.includes(":") && !this.host.startsWith("[") ? `[${this.host}]` : this.host;
    const usual = this.protocol === "https:" ? "443" : "80";
    const port = this.#port === "" || this.#port === usual ? "" : `:${this.#port}`;
    return `${this.protocol}//${host}${port}${this.path}`.toWellFormed();
  }

  #wireHeaders(): [string, string][] {
    const pairs = [...this.#headers.values()].flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one): [string, string] => [
        name,
        String(one).toWellFormed(),
      ]),
    );
    return pairs;
  }

  #send(): void {
    if (this.aborted) return;
    const body = this.#body.length > 0 ? toBase64(concatenate(this.#body)) : "";
    const request = { method: this.method, url: this.#url(), headers: this.#wireHeaders(), body };
    this.#exchange = startExchange(request, (answer) => this.#answered(answer));
  }

  #answered(answer: WireAnswer): void {
    clearTimeout(this.#timeout);
    if (this.aborted) return;
    if ("error" in answer) {
      this.emit("error", systemError(answer.error.code, answer.error.message));
      this.emit("close");
      return;
    }
    const response = new IncomingMessage(answer.response);
    response.once("end", () => this.emit("close"));
    if (!this.emit("response", response)) response.resume();
  }

  abort(): void {
    if (this.aborted) return;
    this.emit("abort");
    this.destroy(systemError("ECONNRESET", "socket hang up"));
  }

  override destroy(error?: Error | null): this {
    if (this.aborted) return this;
    this.aborted = true;
    clearTimeout(this.#timeout);
    forgetExchange(this.#exchange);
    nextTick(() => {
      if (error) this.emit("error", error);
      this.emit("close");
    });
    return this;
  }
}

function optionsOf(url: URL): RequestOptions {
  const field = (name: string): string => String(url[name]);
  const user = decodeURIComponent(field("username"));
  return {
    protocol: field("protocol"),
    hostname: field("hostname").replace(/^\[|\]$/g, ""),
    port: field("port"),
    path: field("pathname") + field("search"),
    auth: user === "" ? undefined : `${user}:${decodeURIComponent(field("password"))}`,
  };
}

function client(protocol: string) {
  function request(target: unknown, options?: unknown, responded?: Responded): ClientRequest {
    if (typeof options === "function") return request(target, undefined, options as Responded);
    const base = typeof target === "string" ? new URL(target) : target;
    const given = base instanceof URL ? optionsOf(base) : (base as RequestOptions);
    return new ClientRequest(protocol, { ...given, ...(options as RequestOptions | undefined) }, responded);
  }
  function get(target: unknown, options?: unknown, responded?: Responded): ClientRequest {
    return request(target, options, responded).end();
  }
  return { request, get, Agent, globalAgent: new Agent(), STATUS_CODES, ClientRequest, IncomingMessage };
}

export const http = client("http:");
export const https = client("https:");
