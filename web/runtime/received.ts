/** How Node shows what an argument was instead of what it should be. */

const MAX_SHOWN = 28;
const KEPT = 25;

function shown(value: unknown): string {
  if (typeof value !== "string") return String(value);
  return `'${value.length > MAX_SHOWN ? `${value.slice(0, KEPT)}...` : value}'`;
}

/** Return the end of Node's sentence, behind `Received`. */
export function received(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value === "object") return `an instance of ${value.constructor?.name ?? "Object"}`;
  return `type ${typeof value} (${shown(value)})`;
}
