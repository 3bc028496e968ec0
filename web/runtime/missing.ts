/**
 * Globals that Segment documents and the sandbox does not have: whatever is done with one says so, so that it is
 * never silently undefined. Source: segment-docs, Functions, Runtime.
 */

/** All but `google` belong to source insert functions. Source: segment-docs, Source insert functions. */
const NAMES = [
  ...["akeylessLabs", "aws4", "azure", "clickHouseClient", "cryptojslib", "google", "jsftp", "oneSignal"],
  ...["pg", "sentrylib", "snowflakesdk"],
];

function refusing(name: string): () => never {
  return () => {
    throw new Error(
      `${name} is there at Segment and not in the sandbox: see "not emulated" in docs/fidelity.md`,
    );
  };
}

function standIn(name: string): unknown {
  const refuse = refusing(name);
  return new Proxy(refuse, { get: refuse, set: refuse, has: refuse, apply: refuse, construct: refuse });
}

export const missing: Record<string, unknown> = Object.fromEntries(
  NAMES.map((name) => [name, standIn(name)]),
);
