/**
 * Loads partner code and keeps its handlers.
 *
 * The code is the body of a sloppy function whose parameters are the handlers' names (see the host's
 * loader, which writes that function and says which names there are). Source: segmentio/functions-library,
 * the loader of its test kit.
 */

import { describe, EventNotSupported } from "./errors.ts";
import { window } from "./globals.ts";
import { payloadOf, requestOf, type WireIncoming } from "./request.ts";
import { emit } from "./segment.ts";

type Handler = (...args: unknown[]) => unknown;
type Handlers = Record<string, Handler>;
type Code = (this: object, keep: (handlers: Handlers) => void, ...parameters: unknown[]) => void;
type Callback = (error: unknown, result?: unknown) => void;

const TYPES = ["identify", "track", "page", "screen", "group", "alias", "delete"];
/** The object of the oldest form, `exports.processEvents`; a parameter where 2019's names are asked for. */
const EXPORTS = "exports";
const PAYLOAD_VERSION = "1.0";

const DynamicFunction = Function;
const stringify = JSON.stringify;
const handlers: Handlers = Object.create(null);
const oldExports: { processEvents?: Handler } = {};

function handlerOf(type: string): string {
  return `on${type.charAt(0).toUpperCase()}${type.slice(1)}`;
}

const NAMES: Readonly<Record<string, string>> = Object.assign(
  Object.create(null),
  Object.fromEntries(TYPES.map((type) => [type, handlerOf(type)])),
);

/** What a handler's name means until the code gives it a meaning. */
function eventNotSupported(event: unknown): never {
  throw new EventNotSupported(`${String((event as { type?: unknown }).type)} not supported`);
}

function requestNotSupported(): never {
  throw new EventNotSupported("request not supported");
}

const DEFAULTS: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(Object.values(NAMES).map((name) => [name, eventNotSupported])),
  onRequest: requestNotSupported,
  [EXPORTS]: oldExports,
};

/** Say what is wrong with code that is no function body by itself; an empty string when nothing is. */
export function check(names: string[], source: string): string {
  try {
    DynamicFunction(...names, `;${source}`); // not a directive behind a semicolon
    return "";
  } catch (error) {
    return String(error);
  }
}

/** Run the module scope once. Returns, as JSON, the handlers that the code has, or what it threw. */
export function load(code: Code, names: string[]): string {
  const keep = (found: Handlers): void => {
    Object.assign(handlers, found);
  };
  try {
    code.call(window, keep, ...names.map((name) => DEFAULTS[name]));
    return stringify({ handlers: declared(names) });
  } catch (error) {
    return stringify({ thrown: describe(error) });
  }
}

function declared(names: string[]): string[] {
  const found = names.filter((name) => name !== EXPORTS && handlers[name] !== DEFAULTS[name]);
  return hasProcessEvents() ? [...found, "processEvents"] : found;
}

/**
 * Hand an event to its handler. An event of no known type is ignored, as Segment's test kit does. Where the
 * names of 2019 count as well, today's win.
 */
export function handle(event: unknown, settings: unknown): unknown {
  const type = String((event as { type?: unknown } | null)?.type);
  const name = NAMES[type];
  if (name === undefined) return undefined;
  const handler = handlers[name];
  if (handler === undefined || handler === DEFAULTS[name]) return handleAsIn2019(type, event, settings);
  return handler(event, settings);
}

function handleAsIn2019(type: string, event: unknown, settings: unknown): unknown {
  const handler = handlers[type];
  if (typeof handler === "function") return handler(event, settings);
  if (hasProcessEvents()) return processEvents({ event, settings, version: PAYLOAD_VERSION });
  return eventNotSupported(event);
}

function hasProcessEvents(): boolean {
  return typeof oldExports.processEvents === "function";
}

/** Call `exports.processEvents(payload, context, callback)`; it may return a promise as well. */
function processEvents(payload: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback: Callback = (error, result) => (error ? reject(error) : resolve(result));
    const result = oldExports.processEvents?.(payload, {}, callback);
    if (typeof (result as Promise<unknown> | undefined)?.then === "function") resolve(result);
  });
}

/** Hand a batch to `onBatch`. */
export function handleBatch(events: unknown, settings: unknown): unknown {
  return handlers.onBatch?.(events, settings);
}

/** Hand a request to `onRequest`; where the form of 2019 counts as well, to that if there is nothing else. */
export function handleRequest(incoming: WireIncoming, settings: unknown): unknown {
  if (handlers.onRequest === DEFAULTS.onRequest && hasProcessEvents()) {
    return handleRequestAsIn2019(incoming, settings);
  }
  return handlers.onRequest?.(requestOf(incoming), settings);
}

/** What that form returns is what it makes. Source: segment-docs, Source functions (2019-06). */
async function handleRequestAsIn2019(incoming: WireIncoming, settings: unknown): Promise<unknown> {
  const made = await processEvents({ payload: payloadOf(incoming), settings });
  emit(made);
  return made;
}
