/** HTTP exchanges, one hop each, made by the host on behalf of the invocation under way. */

import { currentInvocation, report, whenInvocationEnds } from "./invocation.ts";

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

const waiting = new Map<number, (answer: WireAnswer) => void>();
let lastExchange = 0;

/** Ask the host to send a request; return the number under which it can be forgotten. */
export function startExchange(request: WireRequest, answered: (answer: WireAnswer) => void): number {
  lastExchange += 1;
  if (currentInvocation() === 0) return lastExchange; // frozen, as on AWS Lambda between events
  waiting.set(lastExchange, answered);
  report({ kind: "request", exchange: lastExchange, ...request });
  return lastExchange;
}

/** Have no more interest in an exchange. */
export function forgetExchange(exchange: number): void {
  waiting.delete(exchange);
}

/** Hand an answer to whoever waits for it. */
export function answerExchange(exchange: number, answer: WireAnswer): void {
  const answered = waiting.get(exchange);
  waiting.delete(exchange);
  answered?.(answer);
}

whenInvocationEnds(() => waiting.clear());
