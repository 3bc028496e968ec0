/** HTTP exchanges, one hop each, made by the host on behalf of the invocation under way. */

import { soon } from "./bridge.ts";
import { uncaught } from "./errors.ts";
import { isBeforeFirst, report, whenInvocationEnds, withInvocation } from "./invocation.ts";

export interface WireRequest {
  method: string;
  url: string;
  headers: [string, string][];
  /** base64 */
  body: string;
}

export interface WireResponse {
  status: number;
  reason: string;
  headers: [string, string][];
  /** base64 */
  body: string;
}

/** What the host answers: a response, or why there is none. */
export type WireAnswer = { response: WireResponse } | { error: { code: string; message: string } };

/** Characters of address and headers together; the host takes no more. */
const MAX_HEAD = 262_144;
const MAX_HEADERS = 500;
/** Requests of one invocation that reach the host, which counts them as well. */
const MAX_EXCHANGES = 1_000;
/** Characters of the requests that module scope may have waiting for the first invocation. */
const MAX_HELD = 8 * 1024 * 1024;

interface Waiting {
  answered: (answer: WireAnswer) => void;
  /** How the exchange is told of when it is left open. */
  shown: string;
}

const MAX_SHOWN = 200;
const waiting = new Map<number, Waiting>();
/** Asked for at module scope, while no invocation has begun. */
const unbegun = new Set<number>();
let lastExchange = 0;
let started = 0;
let held = 0;
let heldSize = 0;

const TOO_LONG = {
  code: "SANDBOX_REFUSED",
  message: "the address and the headers of the request are longer than 256 KB",
};

const TOO_MANY = {
  code: "SANDBOX_REFUSED",
  message: "the function sent more than 1,000 requests for one event",
};

const TOO_MUCH_HELD = {
  code: "SANDBOX_REFUSED",
  message: "the module scope sent more than 1,000 requests, or more than 8 MB with them",
};

function headSize({ method, url, headers }: WireRequest): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length, method.length + url.length);
}

function isTooLong(request: WireRequest): boolean {
  return headSize(request) > MAX_HEAD || request.headers.length > MAX_HEADERS;
}

/** Count a request of module scope; given up or not, it is held until the first invocation. */
function isTooMuchHeld(request: WireRequest): boolean {
  if (!isBeforeFirst()) return false;
  held += 1;
  heldSize += headSize(request) + request.body.length;
  return held > MAX_EXCHANGES || heldSize > MAX_HELD;
}

/** Ask the host to send a request; return the number under which it can be forgotten. */
export function startExchange(request: WireRequest, answered: (answer: WireAnswer) => void): number {
  const exchange = ++lastExchange;
  if (isTooMuchHeld(request)) {
    soon(() => answered({ error: TOO_MUCH_HELD }));
    return exchange;
  }
  unbegun.add(exchange);
  withInvocation(() => {
    if (unbegun.delete(exchange)) begin(exchange, request, answered);
  });
  return exchange;
}

function begin(exchange: number, request: WireRequest, answered: (answer: WireAnswer) => void): void {
  started += 1;
  const refusal = started > MAX_EXCHANGES ? TOO_MANY : isTooLong(request) ? TOO_LONG : undefined;
  if (refusal !== undefined) {
    soon(() => answered({ error: refusal }));
    return;
  }
  const shown = `${request.method} request to ${request.url}`.slice(0, MAX_SHOWN);
  waiting.set(exchange, { answered, shown });
  report({ kind: "request", exchange, ...request });
}

/** Have no more interest in an exchange. */
export function forgetExchange(exchange: number): void {
  unbegun.delete(exchange);
  waiting.delete(exchange);
}

/** Hand an answer to whoever waits for it. */
export function answerExchange(exchange: number, answer: WireAnswer): void {
  const exchanged = waiting.get(exchange);
  waiting.delete(exchange);
  try {
    exchanged?.answered(answer);
  } catch (error) {
    uncaught(error); // of a listener for the answer, or an error that nobody listens for
  }
}

whenInvocationEnds(() => {
  const open = [...waiting.values()].map(({ shown }) => shown);
  waiting.clear();
  unbegun.clear();
  started = 0;
  return open;
});
