// A stored message as the call that makes it again: for curl, and in the words of Segment's libraries.

import { quoted } from "./parts.tsx";

type Call = Record<string, unknown>;

/** A text to JavaScript's libraries; those for Python and Ruby refuse any but a time of theirs. */
const TIME = "timestamp";
const STAMPED = new Set(["receivedAt", "originalTimestamp", "projectId", "version", "channel", "messageId"]);
/** What comes first in a library's call by position; the rest goes by name or into the last argument. */
const NAMED = new Map(
  Object.entries({
    track: ["event", "properties"],
    identify: ["userId", "traits"],
    page: ["name", "properties"],
    screen: ["name", "properties"],
    group: ["groupId", "traits"],
    alias: ["userId", "previousId"],
  }),
);

export interface Line {
  name: string;
  title: string;
  code: string;
}

/** Write the call for each way to send it; `key` is the source's write key. */
export function linesOf(message: Call, key: string, url: string): Line[] {
  const type = String(message.type);
  const call = Object.fromEntries(
    Object.entries(message).filter(([name]) => !STAMPED.has(name) && name !== "type" && name !== "writeKey"),
  );
  const curl = `curl -u ${key}: ${quoted(`${url}/v1/${type}`)} -d ${quoted(JSON.stringify(call))}`;
  const lines = [{ name: "curl", title: "curl", code: curl }];
  const names = NAMED.get(type);
  if (!names) return lines;
  return [
    ...lines,
    { name: "analytics-js", title: "analytics.js, on a web page", code: byPosition(type, names, call) },
    { name: "node", title: "Node", code: `analytics.${type}(${JSON.stringify(calledWith(call), null, 2)})` },
    { name: "python", title: "Python", code: pythonCall(type, calledWith(call)) },
    { name: "ruby", title: "Ruby", code: `analytics.${type}(\n  ${rubyHash(calledWith(call))}\n)` },
  ];
}

/** What a server's library takes: it stamps sentAt itself. */
function calledWith(call: Call): Call {
  return Object.fromEntries(Object.entries(call).filter(([name]) => name !== "sentAt"));
}

function byPosition(type: string, names: string[], call: Call): string {
  const given = names.map((name) => call[name]);
  while (given.length > 0 && given.at(-1) === undefined) given.pop();
  return `analytics.${type}(${given.map((each) => JSON.stringify(each ?? null, null, 2)).join(", ")})`;
}

function pythonCall(type: string, call: Call): string {
  const given = Object.entries(call).map(
    ([name, value]) => `${snake(name)}=${name === TIME ? pythonTime(value) : python(value)}`,
  );
  const first = TIME in call ? "from datetime import datetime\n\n" : "";
  return `${first}analytics.${type}(\n    ${given.join(",\n    ")},\n)`;
}

/** Python before 3.11 does not read the Z. */
function pythonTime(value: unknown): string {
  return `datetime.fromisoformat(${JSON.stringify(String(value).replace(/Z$/, "+00:00"))})`;
}

function python(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const pairs = Object.entries(value as object).map(
    ([name, each]) => `${JSON.stringify(name)}: ${python(each)}`,
  );
  return `{${pairs.join(", ")}}`;
}

function rubyHash(call: Call): string {
  return Object.entries(call)
    .map(([name, value]) => `${snake(name)}: ${name === TIME ? `Time.iso8601(${ruby(value)})` : ruby(value)}`)
    .join(",\n  ");
}

function ruby(value: unknown): string {
  if (value === null) return "nil";
  if (typeof value === "string") return JSON.stringify(value).replaceAll("#", "\\#");
  if (Array.isArray(value)) return `[${value.map(ruby).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const pairs = Object.entries(value as object).map(([name, each]) => `${ruby(name)} => ${ruby(each)}`);
  return `{ ${pairs.join(", ")} }`;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
