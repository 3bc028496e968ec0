/** Node's console; every line becomes a log message. Source: Node.js documentation, Console. */

import { formatWithOptions, inspect } from "node-inspect-extracted";
import { flush } from "./bridge.ts";
import { isFrozen, report, whenInvocationEnds } from "./invocation.ts";
import { table } from "./table.ts";

/** Characters of log output kept per invocation; module scope's count with the first one's. */
const MAX_LOG = 262_144;
/** What a line counts beside its text, so that there are not too many empty ones. */
const LINE_COST = 32;

type Level = "debug" | "info" | "log" | "warn" | "error";

const now = Date.now;
const counts = new Map<string, number>();
const started = new Map<string, number>();
let indentation = "";
let written = 0;

whenInvocationEnds(() => {
  written = 0;
  return [];
});

function write(level: Level, text: string): void {
  if (isFrozen() || written > MAX_LOG) return;
  const indented = indentation === "" ? text : text.replace(/^/gm, indentation);
  const kept = indented.slice(0, MAX_LOG - written).toWellFormed();
  written += indented.length + LINE_COST;
  report({ kind: "log", level, text: kept });
  if (written > MAX_LOG) report({ kind: "log", level: "warn", text: "[log output cut off here]" });
  flush(); // at once: the code may never come back from its next statement
}

function format(args: unknown[]): string {
  try {
    return formatWithOptions({}, ...args);
  } catch (error) {
    return `[cannot be shown: ${String(error)}]`;
  }
}

function elapsed(label: string): string {
  return `${label}: ${now() - (started.get(label) ?? now())}ms`;
}

/** The `console` that partner code sees. */
export const console = {
  log: (...args: unknown[]): void => write("log", format(args)),
  info: (...args: unknown[]): void => write("info", format(args)),
  debug: (...args: unknown[]): void => write("debug", format(args)),
  warn: (...args: unknown[]): void => write("warn", format(args)),
  error: (...args: unknown[]): void => write("error", format(args)),
  dir: (value: unknown, options?: object): void =>
    write("log", inspect(value, { customInspect: false, ...options })),
  dirxml: (...args: unknown[]): void => write("log", format(args)),
  trace: (...args: unknown[]): void => {
    const here = new Error("").stack?.split("\n").slice(2).join("\n") ?? "";
    write("error", `Trace${args.length > 0 ? `: ${format(args)}` : ""}\n${here}`);
  },
  assert: (condition?: unknown, ...args: unknown[]): void => {
    if (condition) return;
    const [first, ...others] = args;
    write("warn", format(args.length > 0 ? [`Assertion failed: ${first}`, ...others] : ["Assertion failed"]));
  },
  count: (label: unknown = "default"): void => {
    const name = String(label);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    write("log", `${name}: ${count}`);
  },
  countReset: (label: unknown = "default"): void => {
    counts.delete(String(label));
  },
  group: (...args: unknown[]): void => {
    if (args.length > 0) write("log", format(args));
    indentation += "  ";
  },
  groupCollapsed: (...args: unknown[]): void => console.group(...args),
  groupEnd: (): void => {
    indentation = indentation.slice(2);
  },
  time: (label: unknown = "default"): void => {
    started.set(String(label), now());
  },
  timeLog: (label: unknown = "default", ...args: unknown[]): void =>
    write("log", [elapsed(String(label)), ...(args.length > 0 ? [format(args)] : [])].join(" ")),
  timeEnd: (label: unknown = "default"): void => {
    write("log", elapsed(String(label)));
    started.delete(String(label));
  },
  table: (data: unknown, columns?: readonly string[]): void =>
    write("log", typeof data === "object" && data !== null ? table(data, columns) : format([data])),
};
