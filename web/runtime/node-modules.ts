/**
 * Modules of Node's that only some libraries ask for, mostly as browserify's packages have them. A package of its
 * own, evaluated when one of those libraries is. Source: Node.js documentation, the module of each name.
 */

import path from "path-browserify";
import punycode from "punycode/";
import querystring from "querystring-es3";
import util from "util/";

/** Nothing is ever active in it: libraries ask before they use it. */
const domain = {};

/** What libraries put into their User-Agent. */
const os = {
  EOL: "\n",
  arch: (): string => "x64",
  hostname: (): string => "localhost",
  platform: (): string => "linux",
  release: (): string => "5.10",
  type: (): string => "Linux",
};

const tty = { isatty: (): boolean => false };

class AssertionError extends Error {
  readonly code = "ERR_ASSERTION";

  constructor({ message }: { message?: unknown }) {
    super(String(message ?? "Failed"));
    this.name = "AssertionError";
  }
}

function ok(value: unknown, message?: unknown): void {
  if (!value) throw new AssertionError({ message: message ?? "The expression evaluated to a falsy value" });
}

function strictEqual(actual: unknown, expected: unknown, message?: unknown): void {
  ok(Object.is(actual, expected), message ?? "Expected values to be strictly equal");
}

function equal(actual: unknown, expected: unknown, message?: unknown): void {
  // biome-ignore lint/suspicious/noDoubleEquals: this one compares loosely, by its definition
  ok(actual == expected, message ?? "Expected values to be loosely equal");
}

const assert = Object.assign(ok.bind(null), { AssertionError, equal, ok, strictEqual });

export { assert, domain, os, path, punycode, querystring, tty, util };
