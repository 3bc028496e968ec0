/** What cannot be had here says so, in one sentence, when it is used. */

function isAskedByTheLanguage(name: string | symbol): boolean {
  return typeof name === "symbol" || name === "then" || name === "default" || name === "__esModule";
}

function refuse(what: string): never {
  const error = new Error(`${what} is not available in the sandbox. See docs/functions.md.`);
  throw Object.assign(error, { code: "ERR_NOT_AVAILABLE" });
}

/** A function that may be named, but not called. */
export function unavailableFunction(name: string): () => never {
  return () => refuse(name);
}

/** A module of Node that packages may require, but none of whose functions may be called. */
export function unavailableModule(name: string): object {
  return new Proxy(
    {},
    {
      get: (_, member) =>
        isAskedByTheLanguage(member) ? undefined : unavailableFunction(`${name}.${String(member)}`),
    },
  );
}
