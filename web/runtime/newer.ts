/** Takes away what V8 has and Node 20 has not: it would work here and fail in Segment. */

const NEWER = [
  "Array.fromAsync",
  "ArrayBuffer.prototype.detached",
  "ArrayBuffer.prototype.transfer",
  "ArrayBuffer.prototype.transferToFixedLength",
  "AsyncDisposableStack",
  "Atomics.pause",
  "DataView.prototype.getFloat16",
  "DataView.prototype.setFloat16",
  "DisposableStack",
  "Error.isError",
  "Float16Array",
  "Intl.DurationFormat",
  "Intl.Locale.prototype.firstDayOfWeek",
  "Intl.v8BreakIterator",
  "Iterator",
  "JSON.isRawJSON",
  "JSON.rawJSON",
  "Map.groupBy",
  "Math.f16round",
  "Math.sumPrecise",
  "Object.groupBy",
  "Promise.try",
  "Promise.withResolvers",
  "RegExp.escape",
  "Set.prototype.difference",
  "Set.prototype.intersection",
  "Set.prototype.isDisjointFrom",
  "Set.prototype.isSubsetOf",
  "Set.prototype.isSupersetOf",
  "Set.prototype.symmetricDifference",
  "Set.prototype.union",
  "SuppressedError",
  "Temporal",
  "Uint8Array.fromBase64",
  "Uint8Array.fromHex",
  "Uint8Array.prototype.setFromBase64",
  "Uint8Array.prototype.setFromHex",
  "Uint8Array.prototype.toBase64",
  "Uint8Array.prototype.toHex",
  "WebAssembly.JSTag",
  "WebAssembly.Memory.prototype.toFixedLengthBuffer",
  "WebAssembly.Memory.prototype.toResizableBuffer",
  "WebAssembly.SuspendError",
  "WebAssembly.Suspending",
  "WebAssembly.promising",
];

type Properties = Record<PropertyKey, unknown>;

function remove(path: string): void {
  const names = path.split(".");
  const last = names.pop() as string;
  let owner: unknown = globalThis;
  for (const name of names) owner = (owner as Properties | undefined)?.[name];
  if (owner !== undefined) delete (owner as Properties)[last];
}

/** Iterators got methods after Node 20; what is left is what it had. */
function removeIteratorMethods(): void {
  const iterator = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  for (const key of Reflect.ownKeys(iterator)) if (key !== Symbol.iterator) delete iterator[key];
}

/** What became methods of locales, `getCalendars()`, are accessors in Node 20, `calendars`. */
const OF_LOCALES = [
  "calendars",
  "collations",
  "hourCycles",
  "numberingSystems",
  "textInfo",
  "timeZones",
  "weekInfo",
];

function makeLocaleMethodsAccessors(): void {
  const prototype = Intl.Locale.prototype as unknown as Properties;
  for (const name of OF_LOCALES) {
    const method = `get${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const get = prototype[method] as () => unknown;
    const accessor = Object.getOwnPropertyDescriptor({ get [name]() { return get.call(this); } }, name); // biome-ignore format: short
    Object.defineProperty(prototype, name, { ...accessor, enumerable: false });
    delete prototype[method];
  }
}

/** V8 now says where JSON breaks, in words that Node 20 does not have. */
function shortenJsonErrors(): void {
  const parse = JSON.parse;
  const place = / \(line \d+ column \d+\)$/;
  const shortened = {
    parse(...args: Parameters<typeof parse>): unknown {
      try {
        return parse(...args);
      } catch (error) {
        if (error instanceof SyntaxError) error.message = error.message.replace(place, "");
        throw error;
      }
    },
  };
  Object.defineProperty(JSON, "parse", { value: shortened.parse, writable: true, configurable: true });
}

/** Leave the global scope as Node 20 has it. Call last: our own code uses some of what goes. */
export function hideNewer(): void {
  removeIteratorMethods();
  for (const path of NEWER) remove(path);
  makeLocaleMethodsAccessors();
  shortenJsonErrors();
}
