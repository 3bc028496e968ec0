// What Segment's functions see: the events of the Spec, the globals, the handlers.
// Written by `segment-sandbox types`, with the App's own settings below; write it again when they change.

// -- events ---------------------------------------------------------------------------------------------------

/** Whatever a customer sends beside what the Spec names. */
interface Free {
  [name: string]: any;
}

/** What the library collected around a call. */
interface EventContext extends Free {
  active?: boolean;
  app?: Free & { name?: string; version?: string; build?: string; namespace?: string };
  campaign?: Free & { name?: string; source?: string; medium?: string; term?: string; content?: string };
  device?: Free & {
    id?: string;
    advertisingId?: string;
    adTrackingEnabled?: boolean;
    manufacturer?: string;
    model?: string;
    name?: string;
    type?: string;
    token?: string;
    version?: string;
  };
  groupId?: string;
  ip?: string;
  library?: Free & { name?: string; version?: string };
  locale?: string;
  location?: Free & { city?: string; country?: string; latitude?: number; longitude?: number; speed?: number };
  network?: Free & { bluetooth?: boolean; carrier?: string; cellular?: boolean; wifi?: boolean };
  os?: Free & { name?: string; version?: string };
  page?: Free & { path?: string; referrer?: string; search?: string; title?: string; url?: string };
  referrer?: Free & { id?: string; type?: string; name?: string; url?: string; link?: string };
  screen?: Free & { density?: number; height?: number; width?: number };
  timezone?: string;
  traits?: UserTraits;
  userAgent?: string;
  userAgentData?: Free;
}

interface Address extends Free {
  city?: string;
  country?: string;
  postalCode?: string;
  state?: string;
  street?: string;
}

/** What the Spec names of a user; customers send more. */
interface UserTraits extends Free {
  address?: Address;
  age?: number;
  avatar?: string;
  birthday?: string;
  company?: Free & { name?: string; id?: string | number; industry?: string; employee_count?: number; plan?: string };
  createdAt?: string;
  description?: string;
  email?: string;
  firstName?: string;
  gender?: string;
  id?: string;
  lastName?: string;
  name?: string;
  phone?: string;
  title?: string;
  username?: string;
  website?: string;
}

/** What the Spec names of a group; customers send more. */
interface GroupTraits extends Free {
  address?: Address;
  avatar?: string;
  createdAt?: string;
  description?: string;
  email?: string;
  employees?: string | number;
  id?: string;
  industry?: string;
  name?: string;
  phone?: string;
  plan?: string;
  website?: string;
}

/** What every call has when it reaches a destination. Times are ISO 8601. */
interface CommonFields {
  messageId: string;
  anonymousId?: string | null;
  userId?: string | null;
  channel?: string;
  context: EventContext;
  integrations: Record<string, any>;
  originalTimestamp?: string;
  projectId?: string;
  receivedAt: string;
  sentAt?: string | null;
  timestamp: string;
  version?: number | string;
  /** Beside the documented fields, what a library adds of its own. */
  _metadata?: Free;
}

interface SegmentIdentifyEvent extends CommonFields {
  type: "identify";
  traits?: UserTraits;
}

interface SegmentTrackEvent extends CommonFields {
  type: "track";
  /** The name of what happened. */
  event: string;
  properties?: Free;
}

interface SegmentPageEvent extends CommonFields {
  type: "page";
  category?: string | null;
  name?: string | null;
  properties?: Free & {
    name?: string;
    category?: string;
    path?: string;
    referrer?: string;
    search?: string;
    title?: string;
    url?: string;
    keywords?: string[];
  };
}

interface SegmentScreenEvent extends CommonFields {
  type: "screen";
  category?: string | null;
  name?: string | null;
  properties?: Free & { name?: string; category?: string };
}

interface SegmentGroupEvent extends CommonFields {
  type: "group";
  groupId: string;
  traits?: GroupTraits;
}

interface SegmentAliasEvent extends CommonFields {
  type: "alias";
  previousId: string;
}

/** A customer's wish to be forgotten; context and integrations are empty lists in it. */
interface SegmentDeleteEvent extends Omit<CommonFields, "context" | "integrations"> {
  type: "delete";
  userId: string;
  context: any;
  integrations: any;
}

type SegmentEvent = SegmentIdentifyEvent | SegmentTrackEvent | SegmentPageEvent | SegmentScreenEvent | SegmentGroupEvent | SegmentAliasEvent | SegmentDeleteEvent;

// -- handlers: /** @type {OnTrack} */ before a function gives its parameters their types; the comments that
// Segment's editor puts there, @param {SegmentTrackEvent} event and the like, do as well ---------------------------

type OnIdentify = (event: SegmentIdentifyEvent, settings: FunctionSettings) => Promise<any>;
type OnTrack = (event: SegmentTrackEvent, settings: FunctionSettings) => Promise<any>;
type OnPage = (event: SegmentPageEvent, settings: FunctionSettings) => Promise<any>;
type OnScreen = (event: SegmentScreenEvent, settings: FunctionSettings) => Promise<any>;
type OnGroup = (event: SegmentGroupEvent, settings: FunctionSettings) => Promise<any>;
type OnAlias = (event: SegmentAliasEvent, settings: FunctionSettings) => Promise<any>;
type OnDelete = (event: SegmentDeleteEvent, settings: FunctionSettings) => Promise<any>;

/** What became of one event of a batch: 2xx is delivered, 4xx is given up, 5xx is tried again. */
interface BatchItem {
  status: number;
  errormessage?: string;
}

type OnBatch = (events: SegmentEvent[], settings: FunctionSettings) => Promise<BatchItem[] | SegmentEvent[] | void>;
type OnRequest = (request: FunctionRequest, settings: FunctionSettings) => Promise<any>;

/** What a source function is called with. */
interface FunctionRequest {
  readonly headers: Headers;
  readonly url: URL;
  /** The body, parsed; the same object every time. */
  json(): any;
  text(): string;
}

type ServerRequest = FunctionRequest;

// -- outcomes -------------------------------------------------------------------------------------------------

/** Try this event again later. */
declare class RetryError extends Error {
  constructor(message?: string);
}
/** Events of this type are of no use here. */
declare class EventNotSupported extends Error {
  constructor(message?: string);
}
/** This event is of no use here. */
declare class InvalidEventPayload extends Error {
  constructor(message?: string);
}
/** This event, or a setting, is not as it has to be. */
declare class ValidationError extends Error {
  constructor(message?: string);
}
/** In insert functions: the event goes no further, on purpose. */
declare class DropEvent extends Error {
  constructor(message?: string);
}

// -- Segment and cache ------------------------------------------------------------------------------------------

type Identity = { userId: string; anonymousId?: string } | { userId?: string; anonymousId: string };

interface CallOptions {
  context?: EventContext;
  integrations?: Record<string, any>;
  messageId?: string;
  sentAt?: string | Date;
  timestamp?: string | Date;
}

/** In source functions: queues calls, which are sent when onRequest ends without an error. */
declare var Segment: {
  identify(call: Identity & CallOptions & { traits?: UserTraits }): any;
  track(call: Identity & CallOptions & { event: string; properties?: Free }): any;
  page(call: Identity & CallOptions & { name?: string; properties?: Free }): any;
  screen(call: Identity & CallOptions & { name?: string; properties?: Free }): any;
  group(call: CallOptions & { groupId: string; userId?: string; anonymousId?: string; traits?: GroupTraits }): any;
  alias(call: CallOptions & { previousId: string; userId?: string; anonymousId?: string }): any;
  set(object: { collection: string; id: string; properties?: Free }): any;
};

/** Lives as long as the process, and may be emptied at any time. */
declare var cache: {
  /** @param ttl how long the value lives, in milliseconds; -1 means until the process ends. */
  load<T>(key: string, ttl: number, loader: () => T | Promise<T>): Promise<T>;
  load<T>(key: string, loader: () => T | Promise<T>): Promise<T>;
  delete(key: string): void;
};

// -- requests: node-fetch 2.6 -----------------------------------------------------------------------------------

type HeaderValues = Headers | Record<string, string | number | boolean> | Iterable<readonly [string, string]>;

declare class Headers implements Iterable<[string, string]> {
  constructor(values?: HeaderValues);
  append(name: string, value: string): void;
  delete(name: string): void;
  entries(): IterableIterator<[string, string]>;
  forEach(callback: (value: string, name: string) => void): void;
  get(name: string): string | null;
  has(name: string): boolean;
  keys(): IterableIterator<string>;
  raw(): Record<string, string[]>;
  set(name: string, value: string): void;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}

type RequestBody = string | Buffer | ArrayBuffer | ArrayBufferView | URLSearchParams | FormData;

interface RequestOptions {
  method?: string;
  headers?: HeaderValues;
  /** An object is not turned into JSON: use JSON.stringify. */
  body?: RequestBody | null;
  redirect?: "follow" | "manual" | "error";
  signal?: any;
  /** How many redirects are followed. */
  follow?: number;
  /** Milliseconds; 0 means no limit. */
  timeout?: number;
  /** The largest body to take, in bytes; 0 means no limit. */
  size?: number;
  compress?: boolean;
}

declare class Request {
  constructor(url: string | URL | Request, options?: RequestOptions);
  readonly headers: Headers;
  readonly method: string;
  readonly url: string;
  clone(): Request;
}

declare class Response {
  constructor(body?: RequestBody | null, options?: { headers?: HeaderValues; status?: number; statusText?: string });
  readonly body: any;
  readonly bodyUsed: boolean;
  readonly headers: Headers;
  /** Whether the status is 200 to 299. */
  readonly ok: boolean;
  readonly redirected: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  arrayBuffer(): Promise<ArrayBuffer>;
  blob(): Promise<any>;
  buffer(): Promise<Buffer>;
  clone(): Response;
  /** Throws when the body is no JSON: look at `ok` first. */
  json(): Promise<any>;
  text(): Promise<string>;
}

/** Throws when there is no answer; 4xx and 5xx are answers. */
declare function fetch(url: string | URL | Request, options?: RequestOptions): Promise<Response>;

declare class FormData {
  append(name: string, value: any, options?: string | Free): void;
  getBoundary(): string;
  getBuffer(): Buffer;
  getHeaders(headers?: Record<string, string>): Record<string, string>;
}

// -- of Node -------------------------------------------------------------------------------------------------

interface Console {
  assert(condition?: unknown, ...values: any[]): void;
  debug(...values: any[]): void;
  dir(value: any, options?: Free): void;
  error(...values: any[]): void;
  group(...values: any[]): void;
  groupEnd(): void;
  info(...values: any[]): void;
  log(...values: any[]): void;
  table(rows: any, columns?: readonly string[]): void;
  trace(...values: any[]): void;
  warn(...values: any[]): void;
}
declare var console: Console;

interface Timer {
  ref(): Timer;
  unref(): Timer;
}
/** @param delay milliseconds */
declare function setTimeout<T extends any[]>(callback: (...values: T) => void, delay?: number, ...values: T): Timer;
/** @param delay milliseconds */
declare function setInterval<T extends any[]>(callback: (...values: T) => void, delay?: number, ...values: T): Timer;
declare function clearTimeout(timer?: Timer): void;
declare function clearInterval(timer?: Timer): void;

/** Encodes as base64; characters above 255 are cut, and none is refused. */
declare function btoa(text: string): string;
declare function atob(base64: string): string;

declare class URLSearchParams implements Iterable<[string, string]> {
  constructor(values?: string | Record<string, any> | Iterable<readonly [string, string]>);
  append(name: string, value: string): void;
  delete(name: string): void;
  entries(): IterableIterator<[string, string]>;
  forEach(callback: (value: string, name: string) => void): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string): boolean;
  keys(): IterableIterator<string>;
  set(name: string, value: string): void;
  sort(): void;
  toString(): string;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}

declare class URL {
  constructor(url: string | URL, base?: string | URL);
  hash: string;
  host: string;
  hostname: string;
  href: string;
  readonly origin: string;
  password: string;
  pathname: string;
  port: string;
  protocol: string;
  search: string;
  readonly searchParams: URLSearchParams;
  username: string;
  toJSON(): string;
  toString(): string;
}

type Encoding = "ascii" | "base64" | "base64url" | "binary" | "hex" | "latin1" | "ucs2" | "utf-8" | "utf16le" | "utf8";
type Bytes = Uint8Array | ArrayBuffer | readonly number[];

interface Buffer extends Uint8Array {
  compare(other: Uint8Array): number;
  copy(target: Uint8Array, targetStart?: number, sourceStart?: number, sourceEnd?: number): number;
  equals(other: Uint8Array): boolean;
  readUInt8(offset?: number): number;
  readUInt16BE(offset?: number): number;
  readUInt32BE(offset?: number): number;
  toJSON(): { type: "Buffer"; data: number[] };
  toString(encoding?: Encoding, start?: number, end?: number): string;
  write(text: string, offset?: number, length?: number, encoding?: Encoding): number;
}
declare var Buffer: {
  alloc(size: number, fill?: string | number): Buffer;
  byteLength(text: string | Bytes, encoding?: Encoding): number;
  compare(one: Uint8Array, other: Uint8Array): number;
  concat(parts: readonly Uint8Array[], length?: number): Buffer;
  from(text: string, encoding?: Encoding): Buffer;
  from(bytes: Bytes, offset?: number, length?: number): Buffer;
  isBuffer(value: any): value is Buffer;
  isEncoding(name: string): boolean;
};

type Data = string | ArrayBufferView;
type Key = string | Uint8Array | Free;

interface Hash {
  copy(): Hash;
  digest(): Buffer;
  digest(encoding: Encoding): string;
  update(data: Data, encoding?: Encoding): this;
}
interface Signer {
  sign(key: Key): Buffer;
  sign(key: Key, encoding: Encoding): string;
  update(data: Data, encoding?: Encoding): this;
}
interface Verifier {
  update(data: Data, encoding?: Encoding): this;
  verify(key: Key, signature: Data, encoding?: Encoding): boolean;
}
interface Cipher {
  final(): Buffer;
  final(encoding: Encoding): string;
  getAuthTag(): Buffer;
  setAAD(data: Uint8Array): this;
  setAuthTag(tag: Uint8Array): this;
  setAutoPadding(on?: boolean): this;
  update(data: Data, encoding?: Encoding): Buffer;
  update(data: Data, encoding: Encoding | undefined, output: Encoding): string;
}

/** Node's module, not the one of browsers. */
declare var crypto: {
  createCipheriv(algorithm: string, key: Key, iv: Data | null, options?: Free): Cipher;
  createDecipheriv(algorithm: string, key: Key, iv: Data | null, options?: Free): Cipher;
  createHash(algorithm: string): Hash;
  createHmac(algorithm: string, key: Key): Hash;
  createPrivateKey(key: Key): any;
  createPublicKey(key: Key): any;
  createSign(algorithm: string): Signer;
  createVerify(algorithm: string): Verifier;
  getCiphers(): string[];
  getHashes(): string[];
  randomBytes(size: number): Buffer;
  randomInt(max: number): number;
  randomInt(min: number, max: number): number;
  randomUUID(): string;
  sign(algorithm: string | null, data: ArrayBufferView, key: Key): Buffer;
  timingSafeEqual(one: ArrayBufferView, other: ArrayBufferView): boolean;
  verify(algorithm: string | null, data: ArrayBufferView, key: Key, signature: ArrayBufferView): boolean;
};

declare var https: any;
declare var window: typeof globalThis & Free;

// -- packages ------------------------------------------------------------------------------------------------

/** lodash 4.17 */
declare var _: any;
/** moment-timezone 0.5.31 */
declare var moment: any;
/** aws-sdk 2 */
declare var AWS: any;
/** oauth 0.9: the module, with OAuth and OAuth2 in it */
declare var OAuth: any;
declare var uuidv5: { uuidv5(namespace: string | Buffer, name: string | Buffer): string };
declare var zlib: any;
declare var xml: any;
declare var xml2js: any;
declare var jsonwebtoken: any;
declare var google: any;
declare var stripe: any;
declare var sendgrid: any;
declare var twilio: any;
declare var jsforce: any;
declare var winstonlib: any;
declare var nodemailjet: any;
declare var skyflowlib: any;
declare var hubspotlib: any;
declare var libphonenumberjslib: any;
declare var fetchretrylib: any;
declare var mailchimplib: any;
