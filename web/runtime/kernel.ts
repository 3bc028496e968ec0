/**
 * What the worker calls: register a package, check and load code, dispatch a message.
 *
 * Each takes its one argument as `this`; a string arrives as an object around it.
 */

import "./buffer.ts";
import { parseJson } from "./bridge.ts";
import { describe } from "./errors.ts";
import { answerExchange, type WireAnswer } from "./exchanges.ts";
import { addGlobals, defineGlobals } from "./globals.ts";
import { beginInvocation, endInvocation } from "./invocation.ts";
import { check as checkSource, handle, handleBatch, handleRequest, load as loadCode } from "./loader.ts";
import { register as registerPackage, requireModule } from "./modules.ts";
import { hideNewer } from "./newer.ts";
import type { WireIncoming } from "./request.ts";
import { emptyQueue, queued } from "./segment.ts";

/** Characters of a callback return that are kept. */
const MAX_RETURNED = 1_048_576;
const stringify = JSON.stringify;

type Message =
  | [kind: "event", invocation: number, event: unknown, settings: unknown]
  | [kind: "batch", invocation: number, events: unknown, settings: unknown]
  | [kind: "request", invocation: number, request: WireIncoming, settings: unknown]
  | [kind: "answer", exchange: number, answer: WireAnswer];

function returned(value: unknown): object {
  const json: string | undefined = stringify(value);
  const kept = json?.slice(0, MAX_RETURNED).toWellFormed() ?? null;
  return { kind: "returned", value: kept, truncated: json !== undefined && json.length > MAX_RETURNED };
}

/** Run a handler; what it made for sources goes out with its return, and is lost when it throws. */
async function invoke(invocation: number, handler: () => unknown): Promise<void> {
  beginInvocation(invocation);
  emptyQueue();
  try {
    endInvocation(invocation, { ...returned(await handler()), emitted: emitted() });
  } catch (error) {
    endInvocation(invocation, { kind: "threw", uncaught: false, ...describe(error) });
  }
}

function emitted(): string | null {
  const { events, objects } = queued();
  return events.length + objects.length > 0 ? stringify({ events, objects }).toWellFormed() : null;
}

/** Take one message of the host's, as JSON. */
export function dispatch(this: object): void {
  const message = parseJson(String(this)) as Message;
  switch (message[0]) {
    case "event":
      return void invoke(message[1], () => handle(message[2], message[3]));
    case "batch":
      return void invoke(message[1], () => handleBatch(message[2], message[3]));
    case "request":
      return void invoke(message[1], () => handleRequest(message[2], message[3]));
    default:
      answerExchange(message[1], message[2]);
  }
}

/** Take a package: its name and the function that makes it. */
export function register(this: Parameters<typeof registerPackage>): void {
  registerPackage(...this);
}

/** Evaluate a package ahead of its first use. */
export function warm(this: object): void {
  requireModule(String(this));
}

/** Add what a package exports to the globals. */
export function expose(this: object): void {
  addGlobals(requireModule(String(this)) as Record<string, unknown>);
}

/** See `check` of the loader; the names come as one text, with commas. */
export function check(this: [names: string, source: string]): string {
  return checkSource(this[0].split(","), this[1]);
}

/** See `load` of the loader; the names likewise. */
export function load(this: [names: string, code: Parameters<typeof loadCode>[0]]): string {
  return loadCode(this[1], this[0].split(","));
}

defineGlobals();
hideNewer();
