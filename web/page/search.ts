// One box for all: `key:value`, `-key:value`, bare words; all have to fit.

import type { Row } from "./live.ts";

/** The test that a row has to pass. */
export type Search = (row: Row) => boolean;

const KEYS: Record<string, (row: Row) => string> = {
  type: (row) => row.type,
  event: (row) => row.name,
  user: (row) => row.user,
  source: (row) => row.source,
  state: (row) => row.state,
  reason: (row) => [row.reason, ...row.deliveries.map((each) => each.reason)].join(" "),
  destination: (row) => row.deliveries.map((each) => each.destination).join(" "),
  seq: (row) => String(row.seq),
};

export const SEARCH_KEYS = Object.keys(KEYS);

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
  const key = KEYS[bare.slice(0, colon)];
  const wanted = (key ? bare.slice(colon + 1) : bare).replaceAll('"', "").toLowerCase();
  const read = key ?? everything;
  return (row) => read(row).toLowerCase().includes(wanted) !== negated;
}

function everything(row: Row): string {
  return Object.values(KEYS)
    .map((read) => read(row))
    .join(" ");
}
