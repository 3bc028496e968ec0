/** The names that partner code sees beside those of the language. Source: segment-docs, Functions, Runtime. */

import atob from "atob";
import btoa from "btoa";
import { AbortController, AbortSignal } from "./abort.ts";
import { Buffer } from "./buffer.ts";
import { cache } from "./cache.ts";
import { console } from "./console.ts";
import { crypto } from "./crypto/crypto.ts";
import { DropEvent, EventNotSupported, InvalidEventPayload, RetryError, ValidationError } from "./errors.ts";
import { missing } from "./missing.ts";
import { hasModule, requireModule } from "./modules.ts";
import { Segment } from "./segment.ts";
import { clearInterval, clearTimeout, setInterval, setTimeout } from "./timers.ts";
import { URL, URLSearchParams } from "./url.ts";

type FetchPackage = Record<"Headers" | "Request" | "Response", unknown> | undefined;

const READY: Record<string, unknown> = {
  AbortController,
  AbortSignal,
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

/** Globals that are what a package exports, evaluated when first touched: the global, and its package. */
const PACKAGED: Record<string, string> = {
  AWS: "aws-sdk",
  FormData: "form-data",
  OAuth: "oauth",
  _: "lodash",
  fetch: "node-fetch",
  fetchretrylib: "fetch-retry",
  https: "https",
  hubspotlib: "hubspot",
  jsforce: "jsforce",
  jsonwebtoken: "jsonwebtoken",
  libphonenumberjslib: "libphonenumber-js",
  mailchimplib: "mailchimp",
  moment: "moment-timezone",
  nodemailjet: "mailjet",
  sendgrid: "sendgrid",
  skyflowlib: "skyflow",
  stripe: "stripe",
  twilio: "twilio",
  uuidv5: "uuidv5",
  winstonlib: "winston",
  xml: "xml",
  xml2js: "xml2js",
};

/** A package is here when the code names its global; without that, libraries look for it all the same. */
function packaged(from: string): () => unknown {
  return () => (hasModule(from) ? requireModule(from) : undefined);
}

const LAZY: Record<string, () => unknown> = {
  ...Object.fromEntries(Object.entries(PACKAGED).map(([name, from]) => [name, packaged(from)])),
  Headers: () => (requireModule("node-fetch") as FetchPackage)?.Headers,
  Request: () => (requireModule("node-fetch") as FetchPackage)?.Request,
  Response: () => (requireModule("node-fetch") as FetchPackage)?.Response,
  zlib: () => ({ zlib: requireModule("zlib") }),
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
