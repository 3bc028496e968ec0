/** What bites around a request: errors of the network, its body, its headers. */

import type { AnyNode, CallExpression, ObjectExpression } from "acorn";
import { type Code, keyName, memberName, startOf } from "./code.ts";
import { type Finding, finding } from "./finding.ts";
import { catchAround, type Flow } from "./flow.ts";

const LOST =
  "When the network fails, fetch throws a FetchError, which Segment shows as Bad Request: the event is lost. Catch " +
  "it and throw new RetryError(error.message), and Segment tries again for four hours.";
const SWALLOWED =
  "This catch keeps a failure of the network to itself: the event counts as delivered although it was never sent. " +
  "Throw new RetryError(error.message) in it.";
const RETHROWN =
  "A failure of the network is thrown on as an error that Segment shows as Bad Request: the event is lost. " +
  "Throw new RetryError(error.message), and Segment tries again for four hours.";
const NOT_AWAITED =
  "This promise leaves the try block without being awaited, so that catch never sees a failure of the network. " +
  "Write return await fetch(…).";
const NO_STRING =
  "fetch does not turn this into JSON: it sends the text of String(body), such as [object Object]. " +
  "Write body: JSON.stringify(…).";
const GET_WITH_BODY =
  "A GET or HEAD request cannot have a body: fetch throws a TypeError, and Segment gives the event up. " +
  "Set the method, or move the data into the URL.";
const AUTHENTICATION =
  "The header is called Authorization. An API does not look at Authentication, which some old samples misspelt.";

/** Look for requests whose network errors do not become a RetryError. */
export function findLostNetworkErrors(code: Code, flow: Flow): Finding[] {
  return code
    .of("CallExpression")
    .filter((call) => flow.isFetch(call) && !flow.isDropped(call) && !flow.isRetried(call))
    .map((call) => finding("network-error-not-retried", startOf(call), howLost(code, flow, call)));
}

function howLost(code: Code, flow: Flow, call: CallExpression): string {
  const clause = catchAround(code, call);
  if (clause === undefined) return LOST;
  if (flow.leavesTry(call)) return flow.catchRetries(clause) ? NOT_AWAITED : LOST;
  return code.in(clause.body).some((node) => node.type === "ThrowStatement") ? RETHROWN : SWALLOWED;
}

function optionOf(options: ObjectExpression, name: string): AnyNode | undefined {
  const property = options.properties.find((each) => keyName(each) === name);
  return property?.type === "Property" ? property.value : undefined;
}

function optionsOf(call: CallExpression): ObjectExpression | undefined {
  const [, options] = call.arguments;
  return options?.type === "ObjectExpression" ? options : undefined;
}

function hasNoBody(options: ObjectExpression): boolean {
  if (options.properties.some((each) => each.type === "SpreadElement")) return false;
  const method = optionOf(options, "method");
  return method === undefined || (method.type === "Literal" && /^(get|head)$/i.test(String(method.value)));
}

function isEmpty(node: AnyNode): boolean {
  return (
    (node.type === "Literal" && node.value === null) ||
    (node.type === "Identifier" && node.name === "undefined")
  );
}

function judgeOptions(options: ObjectExpression): Finding[] {
  const body = optionOf(options, "body");
  if (body === undefined || isEmpty(body)) return [];
  const found: Finding[] = [];
  if (body.type === "ObjectExpression" || body.type === "ArrayExpression") {
    found.push(finding("body-not-a-string", startOf(body), NO_STRING));
  }
  if (hasNoBody(options)) found.push(finding("get-with-body", startOf(body), GET_WITH_BODY));
  return found;
}

/** Look for bodies that are no text, or that the method does not allow. */
export function findUnfitBodies(code: Code, flow: Flow): Finding[] {
  return code
    .of("CallExpression")
    .filter((call) => flow.isFetch(call))
    .map(optionsOf)
    .flatMap((options) => (options ? judgeOptions(options) : []));
}

function isMisspelt(name: unknown): boolean {
  return typeof name === "string" && name.toLowerCase() === "authentication";
}

/** Whether an object's keys are names of headers: `headers: {…}`, `new Headers({…})`, `const headers = {…}`. */
function holdsHeaders(code: Code, object: AnyNode): boolean {
  const parent = code.parentOf(object);
  switch (parent?.type) {
    case "Property":
      return keyName(parent) === "headers";
    case "NewExpression":
      return code.isGlobal(parent.callee, "Headers");
    case "VariableDeclarator":
      return parent.id.type === "Identifier" && /headers/i.test(parent.id.name);
    case "AssignmentExpression":
      return namesHeaders(parent.left);
    default:
      return false;
  }
}

function namesHeaders(node: AnyNode): boolean {
  return /headers/i.test(node.type === "Identifier" ? node.name : (memberName(node) ?? ""));
}

function setsHeader(code: Code, node: AnyNode): boolean {
  if (node.type === "Property") {
    const object = code.parentOf(node);
    return isMisspelt(keyName(node)) && object !== undefined && holdsHeaders(code, object);
  }
  if (node.type === "AssignmentExpression" && node.left.type === "MemberExpression") {
    return isMisspelt(memberName(node.left)) && namesHeaders(node.left.object);
  }
  return node.type === "CallExpression" && callSetsHeader(node);
}

function callSetsHeader({ callee, arguments: [name] }: CallExpression): boolean {
  const method = memberName(callee) ?? "";
  return /^(set|append)$/.test(method) && name?.type === "Literal" && isMisspelt(name.value);
}

/** Look for the header that old samples misspelt. Source: segment-docs of 2019, Build a function. */
export function findMisspeltHeaders(code: Code): Finding[] {
  return code.nodes
    .filter((node) => setsHeader(code, node))
    .map((node) => finding("authentication-header", startOf(node), AUTHENTICATION));
}
