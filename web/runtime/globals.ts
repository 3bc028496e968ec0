/** The names that partner code sees beside those of the language. Source: segment-docs, Functions, Runtime. */

import atob from "atob";
import btoa from "btoa";
import { Buffer } from "./buffer.ts";
import { cache } from "./cache.ts";
import { console } from "./console.ts";
import { crypto } from "./crypto.ts";
import { DropEvent, EventNotSupported, InvalidEventPayload, RetryError, ValidationError } from "./errors.ts";
import { missing } from "./missing.ts";
import { requireModule } from "./modules.ts";
import { Segment } from "./segment.ts";
import { clearInterval, clearTimeout, setInterval, setTimeout } from "./timers.ts";
import { URL, URLSearchParams } from "./url.ts";

type FetchPackage = Record<"Headers" | "Request" | "Response", unknown> | undefined;

const READY: Record<string, unknown> = {
  Buffer,
  DropEvent,
  EventNotSupported,
  InvalidEventPayload,
  RetryError,
  Segment,
  URL,
  URLSearchParams,
  ValidationError,
  atob,
  btoa,
  cache,
  clearInterval,
  clearTimeout,
  console,
  crypto,
  setInterval,
  setTimeout,
};

/** Globals out of packages that are evaluated when first touched. */
const LAZY: Record<string, () => unknown> = {
  fetch: () => requireModule("node-fetch"),
  Headers: () => (requireModule("node-fetch") as FetchPackage)?.Headers,
  Request: () => (requireModule("node-fetch") as FetchPackage)?.Request,
  FormData: () => requireModule("form-data"),
  OAuth: () => requireModule("oauth"),
  _: () => requireModule("lodash"),
  fetchretrylib: () => ({ fetchretry: requireModule("fetch-retry") }),
  https: () => requireModule("https"),
  jsonwebtoken: () => requireModule("jsonwebtoken"),
  uuidv5: () => ({ uuidv5: requireModule("uuidv5") }),
  xml: () => requireModule("xml"),
  xml2js: () => requireModule("xml2js"),
  zlib: () => ({ zlib: requireModule("zlib") }),
  moment: () => requireModule("moment-timezone"),
  Response: () => (requireModule("node-fetch") as FetchPackage)?.Response,
};

function settle(owner: object, name: string, value: unknown): void {
  Object.defineProperty(owner, name, { value, writable: true, configurable: true, enumerable: true });
}

function defineLazily(owner: object, name: string, make: () => unknown): void {
  Object.defineProperty(owner, name, {
    get: () => {
      const value = make();
      if (value !== undefined) settle(owner, name, value);
      return value;
    },
    set: (value: unknown) => settle(owner, name, value),
    configurable: true,
    enumerable: true,
  });
}

function fill(owner: object): void {
  for (const [name, value] of Object.entries(READY)) settle(owner, name, value);
  for (const [name, make] of Object.entries(LAZY)) defineLazily(owner, name, make);
}

/** Add more names to the table. */
export function addGlobals(values: Record<string, unknown>): void {
  for (const owner of [window, globalThis]) {
    for (const [name, value] of Object.entries(values)) settle(owner, name, value);
  }
}

/** A copy of the table, not the scope itself: `window.x = 1` makes no variable `x`. */
export const window = {};

/** Put the table into the global scope. All of it may be overwritten, as Segment's documentation does. */
export function defineGlobals(): void {
  fill(window);
  fill(globalThis);
  addGlobals(missing);
  settle(globalThis, "window", window);
}
