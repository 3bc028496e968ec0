/**
 * The `Segment` object: what a source function makes of its request.
 *
 * Messages wait in a queue until the handler has ended without an error. Unknown fields are kept, as today's
 * documents use some that the test kit drops. Source: segmentio/functions-library; segment-docs, Source
 * functions, Events and Objects.
 */

import { ValidationError } from "./errors.ts";

type Fields = Record<string, unknown>;
type Needs = { readonly fields: readonly string[]; readonly id: boolean };

const CALLS: Readonly<Record<string, Needs>> = {
  identify: { fields: [], id: true },
  track: { fields: ["event"], id: true },
  page: { fields: [], id: true },
  screen: { fields: [], id: true },
  group: { fields: ["groupId"], id: false }, // the documents' own example names no user
  alias: { fields: ["previousId"], id: true },
};
const IDS = ["userId", "anonymousId"];
const MAX_QUEUED = 10_000;

let events: Fields[] = [];
let objects: Fields[] = [];

function isMissing(value: unknown): boolean {
  return value === undefined || value === "";
}

function check(fields: Fields, needs: Needs): void {
  for (const name of needs.fields) {
    if (isMissing(fields[name])) throw new ValidationError(`${name} is required but not defined`);
  }
  if (needs.id && IDS.every((name) => isMissing(fields[name]))) {
    throw new ValidationError(`One of ${IDS.join(",")} is required but not defined`);
  }
}

function queue(into: Fields[], message: Fields): Fields {
  if (into.length >= MAX_QUEUED) throw new RangeError(`more than ${MAX_QUEUED} messages for one request`);
  into.push(message);
  return message;
}

function caller(type: string, needs: Needs): (fields: Fields) => Fields {
  return (fields) => {
    check(fields, needs);
    return queue(events, { type, ...fields });
  };
}

function set(fields: Fields): Fields {
  check(fields, { fields: ["collection", "id"], id: false });
  return queue(objects, { ...fields });
}

function listOf(made: Fields, name: string): Fields[] {
  const list = made[name] ?? [];
  if (Array.isArray(list)) return list as Fields[];
  throw new ValidationError(`${name} is not an array`);
}

/** Queue what code of 2019 returns: `{ events, objects }`, either of which may be missing, or nothing. */
export function emit(made: unknown): void {
  if (typeof made !== "object" || made === null) return;
  for (const { type, ...fields } of listOf(made as Fields, "events")) {
    const needs = Object.hasOwn(CALLS, String(type)) ? CALLS[String(type)] : undefined;
    if (needs === undefined)
      throw new ValidationError(`type is ${String(type)}, which is no call of Segment's`);
    caller(String(type), needs)(fields);
  }
  for (const fields of listOf(made as Fields, "objects")) set(fields);
}

/** What partner code sees. */
export const Segment = {
  ...Object.fromEntries(Object.entries(CALLS).map(([type, needs]) => [type, caller(type, needs)])),
  set,
};

/** Forget what an earlier run left behind. */
export function emptyQueue(): void {
  events = [];
  objects = [];
}

/** Return what was queued. */
export function queued(): { events: Fields[]; objects: Fields[] } {
  return { events, objects };
}
