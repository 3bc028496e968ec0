/** `URL` and `URLSearchParams` with Node 20's error codes and console format. */

import "core-js/actual/url";
import "core-js/actual/url-search-params";
import { inspect } from "node-inspect-extracted";

interface UrlFields {
  readonly href: string;
  readonly [field: string]: unknown;
}

type UrlClass = new (input: unknown, base?: unknown) => UrlFields;

const scope = globalThis as unknown as { URL: UrlClass; URLSearchParams: { prototype: object } };
const Standard = scope.URL;
const INSPECT = Symbol.for("nodejs.util.inspect.custom");
const FIELDS = [
  "href", "origin", "protocol", "username", "password", "host",
  "hostname", "port", "pathname", "search", "searchParams", "hash",
]; // biome-ignore format: the order in which Node shows them

function invalid(input: unknown, base: unknown): TypeError {
  const error = new TypeError("Invalid URL");
  const details = base === undefined ? {} : { base: String(base) };
  return Object.assign(error, { code: "ERR_INVALID_URL", input: String(input), ...details });
}

function missing(): TypeError {
  return Object.assign(new TypeError('The "url" argument must be specified'), { code: "ERR_MISSING_ARGS" });
}

/** Source: Node.js documentation, URL. */
export class URL extends Standard {
  constructor(...args: [input?: unknown, base?: unknown]) {
    if (args.length === 0) throw missing();
    try {
      super(...(args as [unknown, unknown?]));
    } catch {
      throw invalid(...args);
    }
  }

  [INSPECT](depth: number, options: object): string {
    const shown = Object.fromEntries(FIELDS.map((field) => [field, this[field]]));
    return `URL ${inspect(shown, { ...options, depth })}`;
  }
}

delete (globalThis as unknown as Record<string, unknown>)["__core-js_shared__"]; // its own memory stays

export const URLSearchParams = scope.URLSearchParams;

Object.defineProperty(URLSearchParams.prototype, INSPECT, {
  value(this: Iterable<[string, string]>): string {
    const pairs = [...this].map(([name, value]) => `${inspect(name)} => ${inspect(value)}`);
    return pairs.length > 0 ? `URLSearchParams { ${pairs.join(", ")} }` : "URLSearchParams {}";
  },
  configurable: true,
  writable: true,
});
