/** The names that mean something to Segment's functions. Source: segment-docs, Functions, Runtime. */

const list = (names: string): ReadonlySet<string> => new Set(names.trim().split(/\s+/));

export const HANDLERS = list("onIdentify onTrack onPage onScreen onGroup onAlias onDelete onBatch onRequest");

/** The handlers of 2019. Source: segment-docs at the time, Build a function. */
export const FIRST_NAMES = list("identify track page screen group alias");

/** Globals that are documented, or part of the loader that Segment published. */
export const PROVIDED = list(`
  AWS Buffer DropEvent EventNotSupported FormData Headers InvalidEventPayload OAuth Request Response RetryError
  Segment ServerRequest URL URLSearchParams ValidationError _ atob btoa cache clearInterval clearTimeout console
  crypto fetch https moment setInterval setTimeout window xml akeylessLabs aws4 azure clickHouseClient cryptojslib
  fetchretrylib google hubspotlib jsforce jsftp jsonwebtoken libphonenumberjslib mailchimplib nodemailjet
  oneSignal pg sendgrid sentrylib skyflowlib snowflakesdk stripe twilio uuidv5 winstonlib xml2js zlib
`);

/** What the language itself has in Node 20. */
export const LANGUAGE = list(`
  AggregateError Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date Error
  EvalError FinalizationRegistry Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Intl
  JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer
  String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap
  WeakRef WeakSet WebAssembly arguments decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval
  globalThis isFinite isNaN parseFloat parseInt undefined unescape
`);

/** What Node has and Segment's functions have not. */
export const NODE_ONLY = list("require module exports process global __dirname __filename");

/** What Node 20 has on its global object, and Segment does not document. */
export const UNDOCUMENTED = list(`
  AbortController AbortSignal Blob BroadcastChannel ByteLengthQueuingStrategy CompressionStream
  CountQueuingStrategy CustomEvent DOMException DecompressionStream Event EventTarget File MessageChannel
  MessageEvent MessagePort PerformanceObserver ReadableStream TextDecoder TextDecoderStream TextEncoder
  TextEncoderStream TransformStream WebSocket WritableStream clearImmediate performance queueMicrotask
  setImmediate structuredClone
`);

/** Those of them that the workspace file can ask for, with `web_globals`. */
export const WEB_GLOBALS = list(
  "TextDecoder TextEncoder clearImmediate queueMicrotask setImmediate structuredClone",
);

/** What came after Node 20, as globals and as members of globals. */
export const NEWER_GLOBALS = list(
  "AsyncDisposableStack DisposableStack Float16Array Iterator SuppressedError Temporal",
);
export const NEWER_MEMBERS = list(`
  Array.fromAsync Atomics.pause Error.isError Intl.DurationFormat JSON.isRawJSON JSON.rawJSON Map.groupBy
  Math.f16round Math.sumPrecise Object.groupBy Promise.try Promise.withResolvers RegExp.escape
  Uint8Array.fromBase64 Uint8Array.fromHex
`);

/** Methods that came after Node 20, of names that nothing else has. */
export const NEWER_METHODS = list(`
  getFloat16 isDisjointFrom isSubsetOf isSupersetOf setFloat16 setFromBase64 setFromHex symmetricDifference toBase64
  toHex transferToFixedLength
`);

/** Methods of sets that came after Node 20; other libraries have functions of these names. */
export const NEWER_SET_METHODS = list("difference intersection union");

/** Methods that iterators have only since then; arrays had them always. */
export const ITERATOR_METHODS = list("drop every filter find flatMap forEach map reduce some take toArray");

/** Modules that people expect, and what to write in their place. */
export const INSTEAD: Readonly<Record<string, string>> = {
  OAuth2: "Write OAuth.OAuth2.",
  axios: "Write fetch.",
  event: "A handler gets it as its first parameter: pass it on.",
  lodash: "Write _.",
  request: "Write fetch; a source function gets its request as the first parameter.",
  settings: "A handler gets them as its second parameter: pass them on.",
};
