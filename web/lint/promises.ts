/** Promises that nobody waits for, and `cache.load` with a time to live of the wrong unit. */

import type { AnyNode, CallExpression } from "acorn";
import { type Code, isFunction, isMemberOf, memberName, startOf } from "./code.ts";
import { type Finding, finding } from "./finding.ts";
import type { Flow } from "./flow.ts";

/** Below this a time to live can hardly be meant: every few seconds is no caching. Milliseconds. */
const SHORTEST_TTL = 10_000;
const OF_ANSWERS = new Set(["headers", "json", "ok", "status", "statusText", "text"]);
const OF_PROMISES = new Set(["catch", "finally", "then"]);
const ITERATING = new Set(["forEach", "map"]);

const DROPPED =
  "Nobody waits for this promise. Segment freezes the process when the handler has returned: what is under way may " +
  "end later or never, and its errors are not seen. Write await before it.";
const FOR_EACH =
  "Nobody waits for the promises of this callback. Segment freezes the process when the handler has returned. " +
  "Write await Promise.all(items.map(async …)), or for … of with await.";
const NO_VALUE =
  "await binds less than the dot: this reads a property of the promise, which is undefined. " +
  "Write (await …).property.";
const NO_ANSWER =
  "This is the promise of an answer, not the answer: the property is undefined. Write await before fetch.";

function dropsPromises({ callee, arguments: [callback] }: CallExpression): boolean {
  return ITERATING.has(memberName(callee) ?? "") && isFunction(callback) && callback.async;
}

function judgeStatement(flow: Flow, expression: AnyNode): Finding[] {
  if (expression.type === "CallExpression" && dropsPromises(expression)) {
    return [finding("missing-await", startOf(expression), FOR_EACH)];
  }
  return flow.isPromise(expression) ? [finding("missing-await", startOf(expression), DROPPED)] : [];
}

/** Reads of an answer's properties off the variable of its promise: `const answer = fetch(…); answer.ok`. */
function readsOffVariables(code: Code, flow: Flow): AnyNode[] {
  const promised = code.of("VariableDeclarator").filter(({ init }) => init && flow.isFetch(init));
  const names = promised.flatMap(({ id }) => code.variableOf(id)?.references ?? []);
  return names
    .map((each) => each.identifier as unknown as AnyNode)
    .filter((name) => {
      const parent = code.parentOf(name);
      return isMemberOf(parent, name) && OF_ANSWERS.has(memberName(parent) ?? "");
    });
}

/** Reads of anything but a promise's own methods off a call that returns one: `await load().data`. */
function readsOffCalls(code: Code, flow: Flow): AnyNode[] {
  return code
    .of("MemberExpression")
    .filter((each) => flow.isPromise(each.object) && !OF_PROMISES.has(memberName(each) ?? ""))
    .map(({ object }) => object);
}

/** Look for promises that are dropped, and for answers that are not waited for. */
export function findMissingAwaits(code: Code, flow: Flow): Finding[] {
  const dropped = code
    .of("ExpressionStatement")
    .flatMap(({ expression }) => judgeStatement(flow, expression));
  const answers = readsOffVariables(code, flow).map((node) =>
    finding("missing-await", startOf(node), NO_ANSWER),
  );
  const values = readsOffCalls(code, flow).map((node) => finding("missing-await", startOf(node), NO_VALUE));
  return [...dropped, ...answers, ...values];
}

/** The number that an expression comes to, if it is made of numbers and of names for them. */
function numberOf(code: Code, node: AnyNode | undefined | null): number | undefined {
  switch (node?.type) {
    case "Literal":
      return typeof node.value === "number" ? node.value : undefined;
    case "BinaryExpression":
      return combined(node.operator, numberOf(code, node.left), numberOf(code, node.right));
    case "Identifier":
      return constant(code, node);
    default:
      return undefined;
  }
}

function combined(operator: string, left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (operator === "*") return left * right;
  return operator === "+" ? left + right : undefined;
}

function constant(code: Code, name: AnyNode): number | undefined {
  const [definition] = code.variableOf(name)?.defs ?? [];
  const node = definition?.node as unknown as AnyNode | undefined;
  const init = node?.type === "VariableDeclarator" ? node.init : undefined;
  return init?.type === "Identifier" ? undefined : numberOf(code, init);
}

function judgeTtl(code: Code, call: CallExpression): Finding[] {
  const [, ttl] = call.arguments;
  const value = numberOf(code, ttl);
  if (ttl === undefined || value === undefined || value <= 0 || value >= SHORTEST_TTL) return [];
  const message =
    `The time to live of cache.load is in milliseconds: ${value} is ${value / 1000} s. ` +
    `For seconds write ${value} * 1000.`;
  return [finding("cache-ttl-in-seconds", startOf(ttl), message)];
}

/** Look for times to live that seem to be meant as seconds. Source: segment-docs, Functions, Runtime, Cache. */
export function findShortTtls(code: Code): Finding[] {
  return code
    .of("CallExpression")
    .filter((call) => code.calls(call, "cache", "load"))
    .flatMap((call) => judgeTtl(code, call));
}
