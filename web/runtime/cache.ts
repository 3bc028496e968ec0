/**
 * `cache`: values that live as long as the worker. Source: segment-docs, Functions, Runtime, Cache.
 *
 * A time to live is in milliseconds; none, or -1, means no expiry. What the loader throws passes through.
 */

type Loader = () => unknown;

interface Entry {
  value: unknown;
  expiresAt: number;
}

const entries = new Map<unknown, Entry>();
const now = Date.now;

async function load(
  key: unknown,
  ttlOrLoader: number | Loader | undefined,
  loader?: Loader,
): Promise<unknown> {
  const ttl = typeof ttlOrLoader === "number" ? ttlOrLoader : -1;
  const make = typeof ttlOrLoader === "function" ? ttlOrLoader : (loader as Loader);
  const found = entries.get(key);
  if (found !== undefined && found.expiresAt > now()) return found.value;
  const value = await make();
  entries.set(key, { value, expiresAt: ttl === -1 ? Number.POSITIVE_INFINITY : now() + ttl });
  return value;
}

export const cache = {
  load,
  delete: (key: unknown): void => {
    entries.delete(key);
  },
};
