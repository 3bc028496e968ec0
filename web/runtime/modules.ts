/** The modules that bundled packages may require: our own, and packages evaluated when first asked for. */

import stream from "readable-stream";
import legacyUrl from "url/";
import { Buffer } from "./buffer.ts";
import { crypto } from "./crypto.ts";
import { http, https } from "./http.ts";
import * as process from "./process.ts";
import { clearTimeout, setTimeout } from "./timers.ts";
import { URL, URLSearchParams } from "./url.ts";
import { zlib } from "./zlib.ts";

type Factory = (
  module: { exports: unknown },
  exports: unknown,
  require: (name: string) => unknown,
  ...nodeGlobals: typeof NODE_GLOBALS
) => void;

/** In the order in which build.mjs names them. */
const NODE_GLOBALS = [process, Buffer, setTimeout, clearTimeout] as const;

const loaded = new Map<string, unknown>([
  ["crypto", crypto],
  ["stream", stream],
  ["http", http],
  ["https", https],
  ["zlib", zlib],
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
  const factory = factories.get(name);
  if (factory === undefined) {
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: "MODULE_NOT_FOUND" });
  }
  const module = { exports: {} };
  factory(module, module.exports, requireModule, ...NODE_GLOBALS);
  return module.exports;
}
