// One box for all: `key:value`, `key:from..to`, `-` in front of either, bare words; all have to fit.

import type { Row } from "./live.ts";

/** The test that a row has to pass. */
export type Search = (row: Row) => boolean;

type Reader = (row: Row) => string;

/** A map, as anybody may search for what every object has: `constructor:x`. */
const KEYS = new Map<string, Reader>(
  Object.entries<Reader>({
    type: (row) => row.type,
    event: (row) => row.name,
    user: (row) => row.user,
    source: (row) => row.source,
    state: (row) => row.state,
    reason: (row) => [row.reason, ...row.deliveries.map((each) => each.reason)].join(" "),
    destination: (row) => row.deliveries.map((each) => each.destination).join(" "),
    seq: (row) => String(row.seq),
    at: (row) => row.at.slice(11, 23),
  }),
);
/** What bare words do not look into. */
const NOT_WORDS = new Set(["at"]);

export const SEARCH_KEYS = [...KEYS.keys()];

/** Make the test of what stands in the box. */
export function searched(text: string): Search {
  const tests = (text.match(/-?(?:\w+:)?(?:"[^"]*"|\S+)/g) ?? []).map(term);
  return (row) => tests.every((test) => test(row));
}

/** Whether a row fits; it is tested again only when it or the search has changed. */
export function fits(row: Row, search: Search): boolean {
  if (row.search !== search) {
    row.search = search;
    row.fits = search(row);
  }
  return row.fits;
}

function term(text: string): Search {
  const negated = text.length > 1 && text.startsWith("-");
  const bare = negated ? text.slice(1) : text;
  const colon = bare.indexOf(":");
  const name = bare.slice(0, Math.max(0, colon));
  const key = KEYS.get(name);
  const wanted = (key ? bare.slice(colon + 1) : bare).replaceAll('"', "").toLowerCase();
  const holds = key ? value(name, wanted) : (found: string) => found.includes(wanted);
  const read = key ?? everything;
  return (row) => holds(read(row).toLowerCase()) !== negated;
}

/** Make the test of a key's value: a range, a moment's beginning, or a part of it. */
function value(name: string, wanted: string): (found: string) => boolean {
  const range = wanted.match(/^(.*?)\.\.(.*)$/);
  if (range) return (found) => within(found, range[1] ?? "", range[2] ?? "");
  if (name === "at") return (found) => found.startsWith(wanted);
  return (found) => found.includes(wanted);
}

/** Numbers by size, all else by letters; an end that is left out is open, the upper one counts as far as it goes. */
function within(found: string, from: string, to: string): boolean {
  if ([found, from || "0", to || "0"].every((each) => each !== "" && Number.isFinite(Number(each)))) {
    return (!from || Number(found) >= Number(from)) && (!to || Number(found) <= Number(to));
  }
  return (!from || found >= from) && (!to || found.slice(0, to.length) <= to);
}

function everything(row: Row): string {
  return [...KEYS].flatMap(([name, read]) => (NOT_WORDS.has(name) ? [] : [read(row)])).join(" ");
}
