/** Segment's error classes, and thrown values as messages. */

import { inspect } from "node-inspect-extracted";
import { parseJson } from "./bridge.ts";
import { currentInvocation, endInvocation } from "./invocation.ts";

/** Source: segment-docs, Destination functions, Errors and error handling. */
export class EventNotSupported extends Error {
  constructor(message?: string) {
    super(message);
    this.name = "EventNotSupported";
  }
}

export class InvalidEventPayload extends Error {
  constructor(message?: string) {
    super(message);
    this.name = "InvalidEventPayload";
  }
}

export class ValidationError extends Error {
  constructor(message?: string) {
    super(message);
    this.name = "ValidationError";
  }
}

export class RetryError extends Error {
  constructor(message?: string) {
    super(message);
    this.name = "RetryError";
  }
}

/** Source: segment-docs, Insert functions, Errors. */
export class DropEvent extends Error {
  constructor(message?: string) {
    super(message);
    this.name = "DropEvent";
  }
}

/** A thrown value as the host shows it. */
export interface ThrownValue {
  name: string;
  message: string;
  stack: string;
  properties: Record<string, unknown>;
}

const MAX_TEXT = 16_384;
const MAX_PROPERTIES = 20;
const MAX_PROPERTY = 2_048;
const stringify = JSON.stringify;

function clip(value: unknown): string {
  return String(value).slice(0, MAX_TEXT).toWellFormed();
}

function propertyOf(error: object, key: string): unknown {
  try {
    const text = stringify((error as Record<string, unknown>)[key]);
    return text === undefined || text.length > MAX_PROPERTY ? undefined : parseJson(text.toWellFormed());
  } catch {
    return undefined; // a getter that throws, a cycle, a BigInt: not shown
  }
}

function propertiesOf(error: object): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  const keys = Object.keys(error).filter((key) => key !== "stack" && key !== "message" && key !== "name");
  for (const key of keys.slice(0, MAX_PROPERTIES)) properties[key.toWellFormed()] = propertyOf(error, key);
  return properties;
}

function describeError(error: Error): ThrownValue {
  const stack: unknown = error.stack;
  return {
    name: clip(error.name),
    message: clip(error.message),
    stack: typeof stack === "string" ? clip(stack) : "",
    properties: propertiesOf(error),
  };
}

/** Describe anything that was thrown; what is no Error is named by its type, as AWS Lambda does. */
export function describe(thrown: unknown): ThrownValue {
  try {
    if (thrown instanceof Error) return describeError(thrown);
    const message = typeof thrown === "string" ? thrown : inspect(thrown);
    return { name: typeof thrown, message: clip(message), stack: "", properties: {} };
  } catch {
    return { name: "Error", message: "What was thrown cannot be shown.", stack: "", properties: {} };
  }
}

/** End the invocation under way with an error that nothing caught, as Node ends the process. */
export function uncaught(thrown: unknown): void {
  endInvocation(currentInvocation(), { kind: "threw", uncaught: true, ...describe(thrown) });
}
