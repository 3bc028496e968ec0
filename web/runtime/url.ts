/** `URL` and `URLSearchParams` with Node 20's error codes and console format. */

import "core-js/actual/url";
import "core-js/actual/url-search-params";
import { inspect } from "node-inspect-extracted";

interface UrlFields {
  readonly href: string;
  readonly [field: string]: unknown;
}

type UrlClass = new (input: unknown, base?: unknown) => UrlFields;

const scope = globalThis as unknown as { URL: UrlClass; URLSearchParams: unknown };
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

/** An error of Node's own, which shows its code as text but not among its keys. */
function coded(message: string, code: string): TypeError {
  const error = Object.assign(new TypeError(message), { code });
  return Object.defineProperty(error, "toString", { value: () => `TypeError [${code}]: ${message}` });
}

/** Source: Node.js documentation, URL. */
export class URL extends Standard {
  constructor(...args: [input?: unknown, base?: unknown]) {
    if (args.length === 0) throw coded('The "url" argument must be specified', "ERR_MISSING_ARGS");
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

type Method = (this: unknown, ...args: unknown[]) => unknown;
type SearchParamsClass = { new (...args: unknown[]): object; prototype: Record<PropertyKey, unknown> };

/** What Node says of an initial value that is a list of something other than pairs. */
function notPairs(error: unknown): unknown {
  if (!(error instanceof TypeError && /length 2/.test(error.message))) return error;
  return coded("Each query pair must be an iterable [name, value] tuple", "ERR_INVALID_TUPLE");
}

/** The standard class, instances of which addresses have, with Node's errors from its constructor. */
export const URLSearchParams = new Proxy(scope.URLSearchParams as SearchParamsClass, {
  construct(target, args, derived): object {
    try {
      return Reflect.construct(target, args, derived);
    } catch (error) {
      throw notPairs(error);
    }
  },
});

function requireArguments(method: string, count: number, message: string): void {
  const standard = URLSearchParams.prototype[method] as Method;
  const checked = {
    [method](this: unknown, ...args: unknown[]): unknown {
      if (args.length < count) throw coded(message, "ERR_MISSING_ARGS");
      return standard.apply(this, args);
    },
  };
  URLSearchParams.prototype[method] = checked[method];
}

for (const method of ["delete", "get", "getAll", "has"]) {
  requireArguments(method, 1, 'The "name" argument must be specified');
}
for (const method of ["append", "set"]) {
  requireArguments(method, 2, 'The "name" and "value" arguments must be specified');
}
URLSearchParams.prototype.constructor = URLSearchParams;

Object.defineProperty(URLSearchParams.prototype, INSPECT, {
  value(this: Iterable<[string, string]>): string {
    const pairs = [...this].map(([name, value]) => `${inspect(name)} => ${inspect(value)}`);
    return pairs.length > 0 ? `URLSearchParams { ${pairs.join(", ")} }` : "URLSearchParams {}";
  },
  configurable: true,
  writable: true,
});
