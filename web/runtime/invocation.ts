/** The invocation under way. One event is in a worker at a time, so logs and requests belong to it. */

import { post } from "./bridge.ts";

let current = 0;
const endings: ((ended: number) => void)[] = [];

/** Return the number of the invocation under way, 0 for none. */
export function currentInvocation(): number {
  return current;
}

/** Have `ending` called with the number of every invocation that ends. */
export function whenInvocationEnds(ending: (ended: number) => void): void {
  endings.push(ending);
}

/** Begin an invocation. */
export function beginInvocation(number: number): void {
  current = number;
}

/** Send a message that belongs to the invocation under way; without one it is dropped. */
export function report(message: object): void {
  if (current !== 0) post({ ...message, invocation: current });
}

/** Send the last message of an invocation, if it has not ended already. */
export function endInvocation(number: number, message: object): void {
  if (current !== number || number === 0) return;
  report(message);
  current = 0;
  for (const ending of endings) ending(number);
}
