/** Node's timers, all waiting on one `Atomics.waitAsync`. Source: Node.js documentation, Timers. */

import { soon } from "./bridge.ts";
import { uncaught } from "./errors.ts";
import { currentInvocation, whenInvocationEnds } from "./invocation.ts";
import { received } from "./received.ts";

type Callback = (...args: unknown[]) => void;

const LONGEST_MS = 2_147_483_647;
const waitAsync = Atomics.waitAsync;
const now = Date.now;
const cell = new Int32Array(new SharedArrayBuffer(4));
const live = new Map<number, Timeout>();
let lastId = 0;
let alarmAt = Number.POSITIVE_INFINITY;

/** What `setTimeout` and `setInterval` return. */
class Timeout {
  readonly #id: number;
  readonly #owner = currentInvocation();
  #dueAt: number;

  constructor(
    readonly callback: Callback,
    readonly delay: number,
    readonly args: unknown[],
    readonly repeats: boolean,
  ) {
    this.#id = ++lastId;
    this.#dueAt = now() + delay;
    for (const key of ["callback", "delay", "args", "repeats"]) {
      Object.defineProperty(this, key, { enumerable: false });
    }
  }

  get id(): number {
    return this.#id;
  }

  get dueAt(): number {
    return this.#dueAt;
  }

  get owner(): number {
    return this.#owner;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  refresh(): this {
    this.#dueAt = now() + this.delay;
    setAlarm();
    return this;
  }

  close(): this {
    live.delete(this.#id);
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.#id;
  }
}

function setAlarm(): void {
  let next = Number.POSITIVE_INFINITY;
  for (const timer of live.values()) next = Math.min(next, timer.dueAt);
  if (next >= alarmAt) return;
  alarmAt = next;
  const waiting = waitAsync(cell, 0, 0, Math.max(1, next - now()));
  ringAfter(waiting.value, next);
}

async function ringAfter(waiting: unknown, at: number): Promise<void> {
  await waiting;
  ring(at);
}

function ring(at: number): void {
  if (alarmAt === at) alarmAt = Number.POSITIVE_INFINITY;
  const due = [...live.values()].filter((timer) => timer.dueAt <= now());
  due.sort((a, b) => a.dueAt - b.dueAt || a.id - b.id);
  fire(due, 0);
}

/** Fire timers one by one, with the microtasks of each run before the next. */
function fire(due: Timeout[], index: number): void {
  const timer = due[index];
  if (timer === undefined) {
    setAlarm();
    return;
  }
  if (live.has(timer.id)) run(timer);
  soon(() => fire(due, index + 1));
}

function run(timer: Timeout): void {
  if (timer.repeats) timer.refresh();
  else timer.close();
  try {
    timer.callback(...timer.args);
  } catch (error) {
    uncaught(error);
  }
}

function notAFunction(given: unknown): TypeError {
  const message = `The "callback" argument must be of type function. Received ${received(given)}`;
  return Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
}

function start(callback: unknown, delay: unknown, args: unknown[], repeats: boolean): Timeout {
  if (typeof callback !== "function") throw notAFunction(callback);
  const asked = Math.trunc(Number(delay));
  const ms = asked >= 1 && asked <= LONGEST_MS ? asked : 1;
  const timer = new Timeout(callback as Callback, ms, args, repeats);
  live.set(timer.id, timer);
  setAlarm();
  return timer;
}

export function setTimeout(callback: unknown, delay?: unknown, ...args: unknown[]): Timeout {
  return start(callback, delay, args, false);
}

export function setInterval(callback: unknown, delay?: unknown, ...args: unknown[]): Timeout {
  return start(callback, delay, args, true);
}

export function clearTimeout(timer?: unknown): void {
  live.delete(timer instanceof Timeout ? timer.id : Number(timer));
}

export function clearInterval(timer?: unknown): void {
  clearTimeout(timer);
}

/** As soon as a timer can be. Packages use it; partner code does not see it. */
export function setImmediate(callback: unknown, ...args: unknown[]): Timeout {
  return start(callback, 0, args, false);
}

export function clearImmediate(timer?: unknown): void {
  clearTimeout(timer);
}

/** Run something after the code that runs now; an error it throws is uncaught, as in Node. */
export function nextTick(callback: Callback, ...args: unknown[]): void {
  soon(() => {
    try {
      callback(...args);
    } catch (error) {
      uncaught(error);
    }
  });
}

whenInvocationEnds((ended) => {
  const open = [...live.values()].filter((timer) => timer.owner === ended);
  for (const timer of open) timer.close();
  return open.map(({ repeats, delay }) => `${repeats ? "interval" : "timer"} of ${delay} ms`);
});
