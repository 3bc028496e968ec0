/**
 * Loads partner code and keeps its handlers.
 *
 * The code is the body of a sloppy function whose parameters are the handlers' names (see the host's
 * loader, which writes that function). Source: segmentio/functions-library, the loader of its test kit.
 */

import { describe, EventNotSupported } from "./errors.ts";
import { window } from "./globals.ts";

type Handler = (event: unknown, settings: unknown) => unknown;
type Handlers = Record<string, Handler>;
type Code = (this: object, keep: (handlers: Handlers) => void, ...defaults: Handler[]) => void;

const NAMES: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  identify: "onIdentify",
  track: "onTrack",
  page: "onPage",
  screen: "onScreen",
  group: "onGroup",
  alias: "onAlias",
  delete: "onDelete",
});
const DynamicFunction = Function;
const stringify = JSON.stringify;
const handlers: Handlers = Object.create(null);

function notSupported(event: unknown): never {
  throw new EventNotSupported(`${String((event as { type?: unknown }).type)} not supported`);
}

/** Say what is wrong with code that is no function body by itself; an empty string when nothing is. */
export function check(source: string): string {
  try {
    DynamicFunction(...Object.values(NAMES), `;${source}`); // not a directive behind a semicolon
    return "";
  } catch (error) {
    return String(error);
  }
}

/** Run the module scope once. Returns the error it threw as JSON, an empty string when it threw none. */
export function load(code: Code): string {
  const keep = (found: Handlers): void => {
    Object.assign(handlers, found);
  };
  try {
    code.call(window, keep, ...Object.values(NAMES).map(() => notSupported));
    return "";
  } catch (error) {
    return stringify(describe(error));
  }
}

/** Hand an event to its handler. An event of no known type is ignored, as Segment's test kit does. */
export function handle(event: unknown, settings: unknown): unknown {
  const name = NAMES[String((event as { type?: unknown } | null)?.type)];
  const handler = name === undefined ? undefined : handlers[name];
  return handler?.(event, settings);
}
