/** What code does with the answer to a request: does it look at the status, and when. */

import type { AnyNode, CallExpression, Identifier } from "acorn";
import { type Code, isFunction, isMemberOf, keyName, memberName, startOf } from "./code.ts";
import { type Finding, finding } from "./finding.ts";
import { catchAround, chainMethod, type Flow, STATUS } from "./flow.ts";

/** A use of an answer: the status is looked at, the body is parsed, it is handed on, or none of these. */
type Use = "handed on" | "json" | "looked at" | "other";

interface Site {
  use: Use;
  value: AnyNode;
}

const JSON_FIRST =
  "The body is parsed before anybody looks at the status. An error answer seldom is JSON, and then json() throws a " +
  "FetchError, which Segment shows as Bad Request and never retries, even for a 500 or 429. Look at ok or status " +
  "first, and throw new RetryError(…) for 429 and 5xx.";
const NOT_CHECKED =
  "Nobody looks at the status of this answer. fetch does not throw on 4xx and 5xx: the event counts as delivered " +
  "although it was refused. Throw new RetryError(…) for 429 and 5xx, and an Error where ok is false.";

function memberUse(code: Code, member: AnyNode): Use {
  const name = memberName(member) ?? "";
  if (STATUS.has(name)) return "looked at";
  const parent = code.parentOf(member);
  return name === "json" && parent?.type === "CallExpression" && parent.callee === member ? "json" : "other";
}

function patternUse(pattern: AnyNode): Use {
  if (pattern.type !== "ObjectPattern") return "handed on";
  const names = pattern.properties.map((each) => keyName(each));
  return names.some((name) => name === undefined || STATUS.has(name)) ? "looked at" : "other";
}

function argumentUse(code: Code, call: CallExpression): Use {
  const { callee } = call;
  const printed = callee.type === "MemberExpression" && code.isGlobal(callee.object, "console");
  return printed ? "other" : "handed on";
}

function returnUse(code: Code, node: AnyNode): Use {
  const around = code.functionAround(node);
  return around !== undefined && code.handlerName(around) !== undefined ? "other" : "handed on";
}

/** What is done with a value where it stands. */
function useOf(code: Code, node: AnyNode): Use {
  const parent = code.parentOf(node);
  if (isMemberOf(parent, node)) return memberUse(code, parent);
  switch (parent?.type) {
    case "VariableDeclarator":
      return patternUse(parent.id);
    case "CallExpression":
      return argumentUse(code, parent);
    case "ReturnStatement":
    case "ArrowFunctionExpression":
      return returnUse(code, node);
    case "ExpressionStatement":
    case "IfStatement":
    case "UnaryExpression":
    case "TemplateLiteral":
      return "other";
    default:
      return "handed on";
  }
}

/** A body parsed with its failure caught is no matter: what is thrown becomes a retry, or nothing. */
function isCaught(code: Code, flow: Flow, value: AnyNode): boolean {
  const call = code.parentOf(code.parentOf(value) as AnyNode) as AnyNode;
  const member = code.parentOf(call);
  if (isMemberOf(member, call) && chainMethod(code.parentOf(member)) === "catch") return true;
  const clause = catchAround(code, call);
  if (clause === undefined || flow.leavesTry(call)) return flow.isRetried(call);
  return flow.catchRetries(clause) || !code.in(clause.body).some((node) => node.type === "ThrowStatement");
}

/** The outermost expression that still is the same value: awaited, or with a failure caught. */
function outermost(code: Code, node: AnyNode): AnyNode {
  const parent = code.parentOf(node);
  if (parent === undefined) return node;
  if (parent.type === "AwaitExpression" || parent.type === "ChainExpression") return outermost(code, parent);
  const chain = isMemberOf(parent, node) ? code.parentOf(parent) : undefined;
  const method = chainMethod(chain);
  return chain && (method === "catch" || method === "finally") ? outermost(code, chain) : node;
}

/** The variable that a value is put into: by an assignment, or as the parameter of what is chained to it. */
function holderOf(code: Code, value: AnyNode): Identifier | undefined {
  const parent = code.parentOf(value);
  if (parent?.type === "VariableDeclarator" && parent.id.type === "Identifier") return parent.id;
  if (parent?.type === "AssignmentExpression" && parent.left.type === "Identifier") return parent.left;
  return chainedParameter(code, value);
}

function chainedParameter(code: Code, value: AnyNode): Identifier | undefined {
  const member = code.parentOf(value);
  const chain = isMemberOf(member, value) ? code.parentOf(member) : undefined;
  if (chain?.type !== "CallExpression" || chainMethod(chain) !== "then") return undefined;
  const [callback] = chain.arguments;
  const parameter = isFunction(callback) ? callback.params[0] : undefined;
  return parameter?.type === "Identifier" ? parameter : undefined;
}

/** Where an answer is used: where it stands, or wherever the variable is read that it is put into. */
function sitesOf(code: Code, call: CallExpression): Site[] {
  const value = outermost(code, call);
  const holder = holderOf(code, value);
  const variable = holder && code.variableOf(holder);
  if (variable === undefined) return [{ use: useOf(code, value), value }];
  return variable.references
    .filter((each) => each.isRead())
    .map((each) => each.identifier as unknown as AnyNode)
    .filter((node) => node.start >= call.start)
    .map((node) => outermost(code, node))
    .map((read) => ({ use: useOf(code, read), value: read }));
}

function judge(code: Code, flow: Flow, call: CallExpression): Finding[] {
  const sites = sitesOf(code, call);
  const looks = sites.filter(({ use }) => use === "looked at" || use === "handed on");
  const isFirst = (value: AnyNode): boolean => looks.every((look) => look.value.start > value.start);
  const early = sites.find(
    ({ use, value }) => use === "json" && isFirst(value) && !isCaught(code, flow, value),
  );
  if (early !== undefined) return [finding("res-json-before-ok", startOf(early.value), JSON_FIRST)];
  return looks.length > 0 ? [] : [finding("status-not-checked", startOf(call), NOT_CHECKED)];
}

/** Look at every call that answers with a Response. */
export function findUncheckedAnswers(code: Code, flow: Flow): Finding[] {
  return code
    .of("CallExpression")
    .filter((call) => chainMethod(call) === undefined && flow.isAnswer(call) && !flow.isDropped(call))
    .flatMap((call) => judge(code, flow, call));
}
