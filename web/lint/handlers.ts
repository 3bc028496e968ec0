/** Whether Segment finds the handlers. */

import type { AnyNode } from "acorn";
import { type Code, isFunction, memberName, startOf } from "./code.ts";
import { type Finding, finding } from "./finding.ts";
import * as names from "./names.ts";

/** Which handlers count: today's, or those of 2019 as well. */
export type Handlers = "2019" | "on";

/** Which kind of function the code is, if it is known; a source function has a handler of its own. */
export type Kind = "any" | "destination" | "insert" | "source" | "subscription";

const SETTING =
  'or set handlers = "2019" in the workspace file for code that Segment runs by its first names';

/** Look for handlers that are declared in a way that the wrapper around the code does not allow. */
export function findDeclarations(code: Code): Finding[] {
  const variables = code.variables.filter(
    ({ name, scope }) => names.HANDLERS.has(name) && scope.block === (code.program as unknown),
  );
  return variables.flatMap(({ defs: [definition] }) => {
    const node = definition?.node as unknown as AnyNode | undefined;
    const how = node && declaredBy(code, node);
    if (node === undefined || how === undefined) return [];
    const name = definition?.name as { name: string };
    const message =
      `Segment wraps the code in a function whose parameters are the handlers, so that ${how} ${name.name} is a ` +
      `SyntaxError there. Write async function ${name.name}(event, settings) { … }.`;
    return [finding("handler-declaration", startOf(code.parentOf(node) ?? node), message)];
  });
}

function declaredBy(code: Code, node: AnyNode): string | undefined {
  if (node.type === "ClassDeclaration") return "class";
  const parent = code.parentOf(node);
  return parent?.type === "VariableDeclaration" && parent.kind !== "var" ? parent.kind : undefined;
}

export function hasHandlers(code: Code): boolean {
  return code.of("Identifier").some(({ name }) => names.HANDLERS.has(name));
}

/** Functions with the names of 2019 that nothing in the code calls. */
function firstHandlers(code: Code): AnyNode[] {
  return code
    .of("FunctionDeclaration")
    .filter((each) => names.FIRST_NAMES.has(each.id?.name ?? "") && code.functionAround(each) === undefined)
    .filter((each) => isFunction(each) && code.callsOf(each).length === 0);
}

export function processEvents(code: Code): AnyNode[] {
  return code
    .of("MemberExpression")
    .filter((node) => memberName(node) === "processEvents" && code.isGlobal(node.object, "exports"));
}

function isHandlerOf(kind: Kind, name: string): boolean {
  if (!names.HANDLERS.has(name)) return false;
  return kind === "any" || (kind === "source") === (name === "onRequest");
}

/**
 * Look for code without a handler, and for handlers that Segment calls no more. Source: segment-docs, Build a
 * function, 2019 and later.
 */
export function findHandlers(code: Code, handlers: Handlers, kind: Kind): Finding[] {
  if (code.of("Identifier").some(({ name }) => isHandlerOf(kind, name))) return [];
  const old = hasHandlers(code) ? [] : [...firstHandlers(code), ...processEvents(code)];
  if (old.length === 0) return [finding("no-handler", { line: 1, column: 0 }, noHandler(kind))];
  return handlers === "2019" ? [] : old.map((node) => ofFirst(node, kind));
}

function noHandler(kind: Kind): string {
  if (kind === "source") {
    return (
      "The code has no onRequest, which a source function is called through: every request to it fails. " +
      "Write async function onRequest(request, settings) { … }."
    );
  }
  return (
    "The code has no handler, so that every event is discarded as Unsupported Event Type. " +
    "Write async function onTrack(event, settings) { … } and the like."
  );
}

function ofFirst(node: AnyNode, kind: Kind): Finding {
  if (node.type !== "FunctionDeclaration" || !node.id) {
    const today = kind === "source" ? "Write onRequest" : "Write a handler for each type, such as onTrack";
    const message = `exports.processEvents is the form of 2019, which today's functions do not have. ${today}, ${SETTING}.`;
    return finding("handler-of-2019", startOf(node), message);
  }
  const { name } = node.id;
  const today = `on${name[0]?.toUpperCase()}${name.slice(1)}`;
  const message = `${name} is a handler's name of 2019, which Segment calls no more. Name it ${today}, ${SETTING}.`;
  return finding("handler-of-2019", startOf(node), message);
}
