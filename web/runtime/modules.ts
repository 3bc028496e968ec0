/** The modules that bundled packages may require: our own, and packages evaluated when first asked for. */

import events from "events";
import stream from "readable-stream";
import stringDecoder from "string_decoder";
import legacyUrl from "url/";
import * as buffer from "./buffer.ts";
import { crypto } from "./crypto.ts";
import { http, https } from "./http.ts";
import * as process from "./process.ts";
import * as timers from "./timers.ts";
import { URL, URLSearchParams } from "./url.ts";
import { zlib } from "./zlib.ts";

type Factory = (
  module: { exports: unknown },
  exports: unknown,
  require: (name: string) => unknown,
  ...nodeGlobals: typeof NODE_GLOBALS
) => void;

/** In the order in which build.mjs names them. */
const NODE_GLOBALS = [process, buffer.Buffer, timers.setTimeout, timers.clearTimeout] as const;

/** Modules that the package `node-modules` has. */
const SELDOM = new Set(["fs", "path", "querystring", "util"]);

/** As in Node, the module is the old class of streams itself: libraries ask whether a value is one of it. */
const nodeStream = Object.assign(stream.Stream, stream, { Stream: stream.Stream });

const loaded = new Map<string, unknown>([
  ["buffer", buffer],
  ["crypto", crypto],
  ["events", events],
  ["stream", nodeStream],
  ["http", http],
  ["https", https],
  ["zlib", zlib],
  ["string_decoder", stringDecoder],
  ["timers", { ...timers, setImmediate: (callback: () => void) => timers.setTimeout(callback, 1) }],
  ["url", { ...legacyUrl, URL, URLSearchParams }],
]);
const factories = new Map<string, Factory>();

/** Make a package available; it is evaluated when it is first required. */
export function register(name: string, factory: Factory): void {
  factories.set(name, factory);
}

/** Return a module; `undefined` to a package that looks for itself while it is being evaluated, as lodash does. */
export function requireModule(name: string): unknown {
  if (loaded.has(name)) return loaded.get(name);
  loaded.set(name, undefined);
  try {
    loaded.set(name, evaluate(name));
  } catch (error) {
    loaded.delete(name);
    throw error;
  }
  return loaded.get(name);
}

function evaluate(name: string): unknown {
  if (SELDOM.has(name)) return (requireModule("node-modules") as Record<string, unknown>)[name];
  const factory = factories.get(name);
  if (factory === undefined) {
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: "MODULE_NOT_FOUND" });
  }
  const module = { exports: {} };
  factory(module, module.exports, requireModule, ...NODE_GLOBALS);
  return module.exports;
}
