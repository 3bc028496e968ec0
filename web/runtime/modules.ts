/** The modules that bundled packages may require: our own, and packages evaluated when first asked for. */

import events from "events";
import stream from "readable-stream";
import stringDecoder from "string_decoder";
import legacyUrl from "url/";
import * as buffer from "./buffer.ts";
import { crypto } from "./crypto/crypto.ts";
import { http, https } from "./http.ts";
import * as process from "./process.ts";
import {
  clearImmediate,
  clearInterval,
  clearTimeout,
  setImmediate,
  setInterval,
  setTimeout,
} from "./timers.ts";
import { unavailableModule } from "./unavailable.ts";
import { URL, URLSearchParams } from "./url.ts";
import { zlib } from "./zlib.ts";

type Factory = (
  module: { exports: unknown },
  exports: unknown,
  require: (name: string) => unknown,
  ...nodeGlobals: typeof NODE_GLOBALS
) => void;

const timers = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate };
/** What libraries ask whether they are in Node. */
const nodeProcess = { ...process, [Symbol.toStringTag]: "process" };
/** In the order in which build.mjs names them; the last is `window`, by which libraries tell a browser. */
const NODE_GLOBALS = [
  nodeProcess,
  buffer.Buffer,
  ...Object.values(timers),
  "/package.js",
  "/",
  undefined,
] as const;

/** Modules that the package `node-modules` has. */
const SELDOM = new Set(["assert", "domain", "os", "path", "punycode", "querystring", "tty", "util"]);

/** As in Node, the module is the old class of streams itself: libraries ask whether a value is one of it. */
const nodeStream = Object.assign(stream.Stream, stream, { Stream: stream.Stream });

const loaded = new Map<string, unknown>([
  ["buffer", buffer.nodeModule],
  ["crypto", crypto],
  ["events", events],
  ["stream", nodeStream],
  ["http", http],
  ["https", https],
  ["zlib", zlib],
  ["string_decoder", stringDecoder],
  ["timers", timers],
  ["unavailable", { moduleOf: unavailableModule }],
  ["url", { ...legacyUrl, URL, URLSearchParams }],
]);
const factories = new Map<string, Factory>();

/** Make a package available; it is evaluated when it is first required. */
export function register(name: string, factory: Factory): void {
  factories.set(name, factory);
}

/** Tell whether a module is there to be required. */
export function hasModule(name: string): boolean {
  return loaded.has(name) || factories.has(name);
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
