/** Names that Segment's functions do not have, and those that outlive an event. */

import type { AnyNode, MemberExpression } from "acorn";
import type { Reference } from "eslint-scope";
import { type Code, isFunction, memberName, startOf } from "./code.ts";
import { type Finding, finding, type Rule } from "./finding.ts";
import { catchAround } from "./flow.ts";
import { hasHandlers, processEvents } from "./handlers.ts";
import * as names from "./names.ts";

function nodeOf(reference: Reference): AnyNode {
  return reference.identifier as unknown as AnyNode;
}

function nameOf(reference: Reference): string {
  const { name } = reference.identifier as { name?: unknown };
  return String(name);
}

/** Whether a name may be missing here: asked for by `typeof`, behind such a question, or in a `try`. */
function isGuarded(code: Code, node: AnyNode, isQuestion: (asked: AnyNode) => boolean): boolean {
  if (catchAround(code, node)) return true;
  for (const outer of code.around(node)) {
    if (isQuestion(outer)) return true;
    const test = questionOf(outer);
    if (test && code.in(test).some(isQuestion)) return true;
  }
  return false;
}

function questionOf(node: AnyNode): AnyNode | undefined {
  if (node.type === "IfStatement" || node.type === "ConditionalExpression") return node.test;
  return node.type === "LogicalExpression" ? node.left : undefined;
}

function asksType(name: string): (node: AnyNode) => boolean {
  return (node) =>
    node.type === "UnaryExpression" &&
    node.operator === "typeof" &&
    node.argument.type === "Identifier" &&
    node.argument.name === name;
}

function isKnown(name: string): boolean {
  const inherited = name in Object.prototype; // globalThis has toString and the like as well
  return inherited || names.LANGUAGE.has(name) || names.PROVIDED.has(name) || names.HANDLERS.has(name);
}

const ABSENT_HERE =
  "In the sandbox it is one, unless web_globals = true in the workspace file. Do without it, or ask Segment.";

function judgeName(name: string): { rule: Rule; message: string } {
  if (names.NODE_ONLY.has(name)) return { rule: "node-global", message: nodeOnly(name) };
  if (names.NEWER_GLOBALS.has(name)) {
    return {
      rule: "newer-builtin",
      message: `${name} is newer than Node 20, on which Segment's functions run: it is a ReferenceError there.`,
    };
  }
  if (names.UNDOCUMENTED.has(name)) {
    const message = `${name} is not among the globals that Segment documents for functions; it may be a ReferenceError there. ${names.WEB_GLOBALS.has(name) ? ABSENT_HERE : "Ask Segment, or do without it."}`;
    return { rule: "undocumented-global", message };
  }
  const instead = names.INSTEAD[name] ?? "Declare it, or correct its name.";
  return {
    rule: "unknown-global",
    message: `${name} is declared nowhere: a ReferenceError at Segment. ${instead}`,
  };
}

function nodeOnly(name: string): string {
  const what = name === "require" ? "Functions have no modules; use the globals that Segment documents." : "";
  const why = `${name} is a ReferenceError at Segment, which runs the code as one script without Node's module scope.`;
  const guard = `Remove it, or guard it with typeof ${name} !== "undefined".`;
  return `${why} ${what || guard}`;
}

/** References to what the code does not declare, by name. */
function undeclared(code: Code): Map<string, Reference[]> {
  const found = new Map<string, Reference[]>();
  for (const reference of code.references) {
    if (reference.resolved) continue;
    const name = nameOf(reference);
    found.set(name, [...(found.get(name) ?? []), reference]);
  }
  return found;
}

function judgeUndeclared(code: Code, name: string, references: readonly Reference[]): Finding[] {
  if (isKnown(name)) return [];
  if (!names.NODE_ONLY.has(name) && references.some((each) => each.isWrite()))
    return implicit(code, name, references);
  return references
    .map(nodeOf)
    .filter((node) => !isGuarded(code, node, asksType(name)))
    .map((node) => atModuleScope(code, name, node))
    .slice(0, 1);
}

/** At module scope a variable outlives the event in any case; in a function nobody expects it. */
function implicit(code: Code, name: string, references: readonly Reference[]): Finding[] {
  const message =
    `${name} is assigned without being declared: it becomes a global that outlives the event, and the next one in ` +
    "the same warm process sees it. Declare it with let or const.";
  return references
    .filter((each) => each.isWrite())
    .map(nodeOf)
    .filter((node) => code.functionAround(node) !== undefined)
    .slice(0, 1)
    .map((node) => finding("implicit-global", startOf(node), message));
}

function atModuleScope(code: Code, name: string, node: AnyNode): Finding {
  if (name === "settings" && code.functionAround(node) === undefined) {
    const message =
      "settings are there only inside a handler, as its second parameter; at module scope this is a ReferenceError, " +
      "and every event fails. Read them in the handler.";
    return finding("settings-at-module-scope", startOf(node), message);
  }
  const { rule, message } = judgeName(name);
  return finding(rule, startOf(node), message);
}

/** Look for names that are no globals at Segment, and for globals that come about by mistake. */
export function findUnknownNames(code: Code, hasWebGlobals: boolean): Finding[] {
  const isOldForm = !hasHandlers(code) && processEvents(code).length > 0; // of which another rule speaks
  return [...undeclared(code)]
    .filter(([name]) => !(isOldForm && name === "exports"))
    .filter(([name]) => !(hasWebGlobals && names.WEB_GLOBALS.has(name)))
    .flatMap(([name, references]) => judgeUndeclared(code, name, references));
}

/** Look for globals that a handler overwrites: the second event in a warm process finds what the first left. */
export function findReassigned(code: Code): Finding[] {
  return code.references
    .filter((each) => each.isWrite() && !each.resolved && names.PROVIDED.has(nameOf(each)))
    .filter((each) => code.functionAround(nodeOf(each)) !== undefined)
    .map((each) => {
      const name = nameOf(each);
      const message =
        `${name} is overwritten for good: in a warm process the next event finds the new value. ` +
        "Use a variable of your own, declared with const.";
      return finding("reassigned-global", startOf(nodeOf(each)), message);
    });
}

/** Look for module-scope variables that a function fills from the settings of one destination. */
export function findKeptSettings(code: Code): Finding[] {
  return code.of("AssignmentExpression").flatMap((assignment) => {
    const { left, right } = assignment;
    const scope = left.type === "Identifier" ? code.variableOf(left)?.scope : undefined;
    if (scope === undefined || scope.block !== (code.program as unknown) || !code.functionAround(left))
      return [];
    const settings = code
      .in(right)
      .some((node) => node.type === "MemberExpression" && isSettings(code, node));
    if (!settings) return [];
    const message =
      "A setting is kept at module scope. One process serves several destinations, so the next one may get this " +
      "value. Keep it in the handler, or in a Map with the setting as key.";
    return [finding("settings-kept", startOf(assignment), message)];
  });
}

function isSettings(code: Code, { object }: MemberExpression): boolean {
  if (object.type !== "Identifier" || object.name !== "settings") return false;
  return code.variableOf(object)?.defs[0]?.type === "Parameter";
}

// -- newer than Node 20 -------------------------------------------------------------------------------------------

function pathOf(code: Code, node: MemberExpression): string | undefined {
  const { object } = node;
  if (object.type !== "Identifier" || code.variableOf(object)) return undefined;
  return `${object.name}.${memberName(node)}`;
}

function isSet(code: Code, node: AnyNode): boolean {
  if (node.type === "NewExpression") return code.isGlobal(node.callee, "Set");
  if (node.type !== "Identifier") return false;
  const declared = code.variableOf(node)?.defs[0]?.node as unknown as AnyNode | undefined;
  return (
    declared?.type === "VariableDeclarator" &&
    declared.init?.type === "NewExpression" &&
    isSet(code, declared.init)
  );
}

/** Whether an expression is an iterator: `x.values()`; what lodash wraps has these methods as well. */
function isIterator(code: Code, node: AnyNode): boolean {
  if (node.type !== "CallExpression" || node.arguments.length > 0) return false;
  if (!/^(entries|keys|values)$/.test(memberName(node.callee) ?? "")) return false;
  return !code.in(node).some((each) => code.isGlobal(each, "_"));
}

function newerMember(code: Code, node: MemberExpression): string | undefined {
  const parent = code.parentOf(node);
  const isCalled = parent?.type === "CallExpression" || parent?.type === "NewExpression";
  if (!isCalled || parent.callee !== node) return undefined;
  const path = pathOf(code, node);
  return path !== undefined && names.NEWER_MEMBERS.has(path) ? path : newerMethod(code, node);
}

function newerMethod(code: Code, node: MemberExpression): string | undefined {
  const name = memberName(node) ?? "";
  if (names.NEWER_METHODS.has(name)) return `The method ${name}`;
  if (names.NEWER_SET_METHODS.has(name) && isSet(code, node.object)) return `The method ${name} of Set`;
  const isIterators = names.ITERATOR_METHODS.has(name) && isIterator(code, node.object);
  return isIterators ? `The method ${name} of iterators` : undefined;
}

function isOwnMethod(code: Code, node: MemberExpression): boolean {
  const parent = code.parentOf(node);
  return parent?.type === "CallExpression" && isFunction(code.calledFunction(parent));
}

/** Look for what the language's library got after Node 20. */
export function findNewerBuiltins(code: Code): Finding[] {
  return code.of("MemberExpression").flatMap((node) => {
    const what = newerMember(code, node);
    if (what === undefined || isOwnMethod(code, node) || isAsked(code, node)) return [];
    const message = `${what} is newer than Node 20, on which Segment's functions run: it is a TypeError there. Write it out, or use lodash (_).`;
    return [finding("newer-builtin", startOf(node), message)];
  });
}

function isAsked(code: Code, node: MemberExpression): boolean {
  const text = code.source.slice(node.start, node.end);
  const asks = (each: AnyNode): boolean => each !== node && code.source.slice(each.start, each.end) === text;
  return isGuarded(code, node, asks);
}
