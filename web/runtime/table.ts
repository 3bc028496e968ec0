/** Text of `console.table`. Source: Node.js documentation, console.table; looks as in Node 20. */

import { inspect } from "node-inspect-extracted";

type Row = Map<string, string>;

interface Rows {
  indexName: string;
  indices: string[];
  rows: Row[];
  /** Columns that are there even where no row has them. */
  columns?: readonly string[] | undefined;
}

const INDEX = "(index)";
const ITERATION = "(iteration index)";
const KEY = "Key";
const VALUES = "Values";

function cell(value: unknown): string {
  return inspect(value, {
    depth: typeof value === "object" && value !== null ? 0 : 1,
    breakLength: Infinity,
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function rowOf(value: unknown, columns: readonly string[] | undefined): Row {
  if (!isObject(value)) return new Map([[VALUES, cell(value)]]);
  const fields = value as Record<string, unknown>;
  const keys = (columns ?? Object.keys(value)).map(String).filter((key) => Object.hasOwn(value, key));
  return new Map(keys.map((key) => [key, cell(fields[key])]));
}

function rowsOf(data: object, columns: readonly string[] | undefined): Rows {
  if (data instanceof Map) {
    const rows = [...data].map(([key, value]) => new Map([[KEY, cell(key)], [VALUES, cell(value)]])); // biome-ignore format: one pair a line says less
    return { indexName: ITERATION, indices: rows.map((_, index) => String(index)), rows };
  }
  if (data instanceof Set) {
    const rows = [...data].map((value) => new Map([[VALUES, cell(value)]]));
    return { indexName: ITERATION, indices: rows.map((_, index) => String(index)), rows };
  }
  const entries = Object.entries(data);
  return {
    indexName: INDEX,
    indices: entries.map(([key]) => key),
    rows: entries.map(([, value]) => rowOf(value, columns)),
    columns,
  };
}

/** The columns in the order in which they first occur; what is no object comes last. */
function columnsOf({ rows, columns }: Rows): string[] {
  const names = new Set([...(columns ?? []).map(String), ...rows.flatMap((row) => [...row.keys()])]);
  return names.delete(VALUES) ? [...names, VALUES] : [...names];
}

const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const NO_WIDTH = /\p{Mn}|\p{Me}|\p{Cf}|\p{Cc}/u;

function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** Pad text to so many columns of a terminal, where some characters take two. */
function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

function draw(lines: readonly string[][]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => widthOf(line[column] ?? "") + 2)),
  );
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => "─".repeat(width)).join(middle) + right;
  const text = (line: string[]): string =>
    `│${line.map((value, column) => padded(` ${value}`, widths[column] ?? 0)).join("│")}│`;
  const [head = [], ...body] = lines;
  return [rule("┌", "┬", "┐"), text(head), rule("├", "┼", "┤"), ...body.map(text), rule("└", "┴", "┘")].join(
    "\n",
  );
}

/** Draw an array, object, Map or Set as a table. */
export function table(data: object, columns?: readonly string[]): string {
  const found = rowsOf(data, columns);
  const { indexName, indices } = found;
  const names = columnsOf(found);
  const body = found.rows.map((row, index) => [
    indices[index] ?? "",
    ...names.map((name) => row.get(name) ?? ""),
  ]);
  return draw([[indexName, ...names], ...body]);
}
