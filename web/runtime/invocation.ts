/** The invocation under way. One event is in a worker at a time, so logs and requests belong to it. */

import { post } from "./bridge.ts";

let current = 0;
/** How many things left open are told of, at most. */
const MAX_LEFT_OPEN = 20;
const endings: ((ended: number) => string[])[] = [];

/** Return the number of the invocation under way, 0 for none. */
export function currentInvocation(): number {
  return current;
}

/** Have `ending` called with the number of every invocation that ends; it returns what was left open. */
export function whenInvocationEnds(ending: (ended: number) => string[]): void {
  endings.push(ending);
}

let begun = false;
const waiting: (() => void)[] = [];

/**
 * Have something done now or, for what module scope does, with the first invocation: on AWS Lambda the cold start
 * belongs to that. Between invocations the process is frozen there, and nothing is done here.
 */
export function withInvocation(action: () => void): void {
  if (current !== 0) action();
  else if (!begun) waiting.push(action);
}

/** Begin an invocation. */
export function beginInvocation(number: number): void {
  current = number;
  begun = true;
  for (const action of waiting.splice(0)) action();
}

/** Tell whether the first invocation is still to come: what runs now is module scope, or what it began. */
export function isBeforeFirst(): boolean {
  return !begun;
}

/** Tell whether an invocation has ended and none is under way: on AWS Lambda the process is frozen then. */
export function isFrozen(): boolean {
  return current === 0 && begun;
}

/** Send a message that belongs to the invocation under way, or to module scope, under the number 0. */
export function report(message: object): void {
  if (!isFrozen()) post({ ...message, invocation: current });
}

/** Send the last message of an invocation, if it has not ended already. */
export function endInvocation(number: number, message: object): void {
  if (current !== number || number === 0) return;
  const leftOpen = endings.flatMap((ending) => ending(number)).slice(0, MAX_LEFT_OPEN);
  report({ ...message, left_open: leftOpen });
  current = 0;
}
