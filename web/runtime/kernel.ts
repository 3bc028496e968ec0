/**
 * What the worker calls: register a package, check and load code, dispatch a message.
 *
 * Each takes its one argument as `this`; a string arrives as an object around it.
 */

import "./buffer.ts";
import { parseJson } from "./bridge.ts";
import { describe } from "./errors.ts";
import { answerExchange, type WireAnswer } from "./exchanges.ts";
import { defineGlobals } from "./globals.ts";
import { beginInvocation, endInvocation } from "./invocation.ts";
import { check as checkSource, handle, load as loadCode } from "./loader.ts";
import { register as registerPackage, requireModule } from "./modules.ts";
import { hideNewer } from "./newer.ts";

/** Characters of a callback return that are kept. */
const MAX_RETURNED = 1_048_576;
const stringify = JSON.stringify;

type Message =
  | [kind: "invoke", invocation: number, event: unknown, settings: unknown]
  | [kind: "answer", exchange: number, answer: WireAnswer];

function returned(value: unknown): object {
  const json: string | undefined = stringify(value);
  const kept = json?.slice(0, MAX_RETURNED).toWellFormed() ?? null;
  return { kind: "returned", value: kept, truncated: json !== undefined && json.length > MAX_RETURNED };
}

async function invoke(invocation: number, event: unknown, settings: unknown): Promise<void> {
  beginInvocation(invocation);
  try {
    endInvocation(invocation, returned(await handle(event, settings)));
  } catch (error) {
    endInvocation(invocation, { kind: "threw", uncaught: false, ...describe(error) });
  }
}

/** Take one message of the host's, as JSON. */
export function dispatch(this: object): void {
  const message = parseJson(String(this)) as Message;
  if (message[0] === "invoke") invoke(message[1], message[2], message[3]);
  else answerExchange(message[1], message[2]);
}

/** Take a package: its name and the function that makes it. */
export function register(this: Parameters<typeof registerPackage>): void {
  registerPackage(...this);
}

/** Evaluate a package ahead of its first use. */
export function warm(this: object): void {
  requireModule(String(this));
}

/** See `check` of the loader. */
export function check(this: object): string {
  return checkSource(String(this));
}

/** See `load` of the loader. */
export function load(this: Parameters<typeof loadCode>[0]): string {
  return loadCode(this);
}

defineGlobals();
hideNewer();
