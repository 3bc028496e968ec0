// What differs between two values of JSON, by dotted paths.

export interface Difference {
  path: string;
  before?: string;
  after?: string;
}

/** List what was added, changed and taken out, in the order of the paths as they come. */
export function differences(before: unknown, after: unknown): Difference[] {
  const [old, now] = [leaves(before), leaves(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((path) => ({ path, ...part("before", old.get(path)), ...part("after", now.get(path)) }))
    .filter((each: Difference) => each.before !== each.after);
}

function part(name: "before" | "after", value: string | undefined): Partial<Difference> {
  return value === undefined ? {} : { [name]: value };
}

function leaves(value: unknown, path = "", found = new Map<string, string>()): Map<string, string> {
  const parts = value !== null && typeof value === "object" ? Object.entries(value) : [];
  if (parts.length === 0) found.set(path, JSON.stringify(value) ?? "undefined");
  for (const [name, each] of parts) leaves(each, path ? `${path}.${name}` : name, found);
  return found;
}
