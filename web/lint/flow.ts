/** Where promises, answers and errors go in a function's code. */

import type { AnyNode, CallExpression, CatchClause, Expression } from "acorn";
import {
  type Code,
  type FunctionNode,
  isFunction,
  isMemberOf,
  isWithin,
  keyName,
  memberName,
} from "./code.ts";

const COMBINATORS = new Set(["all", "allSettled", "any", "race"]);
const CHAIN = new Set(["catch", "finally", "then"]);

/** What tells of an answer whether the request was taken. */
export const STATUS: ReadonlySet<string> = new Set(["ok", "status"]);

/** The method of a promise that a call is: `x.then(…)`. */
export function chainMethod(node: AnyNode | undefined | null): string | undefined {
  if (node?.type !== "CallExpression") return undefined;
  const name = memberName(node.callee);
  return name !== undefined && CHAIN.has(name) ? name : undefined;
}

/** What a call is chained to: `x` of `x.then(…)`. */
function chainedTo(call: CallExpression): AnyNode {
  return (call.callee as Extract<AnyNode, { type: "MemberExpression" }>).object;
}

/** What a function returns, as far as it is written in it. */
export function returnedBy(code: Code, node: FunctionNode): readonly Expression[] {
  if (node.body.type !== "BlockStatement") return [node.body];
  return code
    .in(node.body)
    .flatMap((each) => (each.type === "ReturnStatement" && each.argument ? [each] : []))
    .filter((each) => code.functionAround(each) === node)
    .map((each) => each.argument as Expression);
}

function looksAtStatus(code: Code, node: FunctionNode): boolean {
  return code.in(node.body).some((each) => STATUS.has(memberName(each) ?? keyName(each) ?? ""));
}

export class Flow {
  readonly #code: Code;
  readonly #answering = new Map<FunctionNode, boolean>();
  readonly #promising = new Map<FunctionNode, boolean>();
  readonly #retrying = new Map<FunctionNode, boolean>();

  constructor(code: Code) {
    this.#code = code;
  }

  isFetch(node: AnyNode): node is CallExpression {
    return node.type === "CallExpression" && this.#code.isGlobal(node.callee, "fetch");
  }

  // -- which expressions are the answer to a request, or the promise of one -------------------------------------

  isAnswer(node: AnyNode | null | undefined): boolean {
    switch (node?.type) {
      case "AwaitExpression":
        return this.isAnswer(node.argument);
      case "ConditionalExpression":
        return this.isAnswer(node.consequent) || this.isAnswer(node.alternate);
      case "Identifier":
        return this.#holdsAnswer(node);
      case "CallExpression":
        return this.#callAnswers(node);
      default:
        return false;
    }
  }

  #callAnswers(call: CallExpression): boolean {
    if (this.isFetch(call)) return true;
    const method = chainMethod(call);
    if (method !== undefined) return method !== "then" && this.isAnswer(chainedTo(call));
    const called = this.#code.calledFunction(call);
    return called !== undefined && this.answers(called);
  }

  #holdsAnswer(identifier: AnyNode): boolean {
    const [definition] = this.#code.variableOf(identifier)?.defs ?? [];
    const node = definition?.node as unknown as AnyNode | undefined;
    return (
      node?.type === "VariableDeclarator" &&
      node.id.type === "Identifier" &&
      this.#isAnswerNotNamed(node.init)
    );
  }

  /** Names are followed once, which ends where they go round. */
  #isAnswerNotNamed(node: AnyNode | null | undefined): boolean {
    const inner = node?.type === "AwaitExpression" ? node.argument : node;
    return inner?.type !== "Identifier" && this.isAnswer(inner);
  }

  /** Whether a function returns the answer to a request, and leaves it to the caller to look at it. */
  answers(node: FunctionNode): boolean {
    return this.#remembered(
      this.#answering,
      node,
      () =>
        !looksAtStatus(this.#code, node) && returnedBy(this.#code, node).some((each) => this.isAnswer(each)),
    );
  }

  #remembered(known: Map<FunctionNode, boolean>, node: FunctionNode, compute: () => boolean): boolean {
    const found = known.get(node);
    if (found !== undefined) return found;
    known.set(node, false); // for functions that call themselves
    const value = compute();
    known.set(node, value);
    return value;
  }

  // -- which expressions are promises ---------------------------------------------------------------------------

  isPromise(node: AnyNode): boolean {
    if (node.type === "NewExpression") return this.#code.isGlobal(node.callee, "Promise");
    if (node.type !== "CallExpression") return false;
    if (this.isFetch(node) || this.#code.calls(node, "cache", "load") || this.#isCombinator(node))
      return true;
    if (chainMethod(node) !== undefined) return this.isPromise(chainedTo(node));
    const called = this.#code.calledFunction(node);
    return called !== undefined && this.promises(called);
  }

  #isCombinator({ callee }: CallExpression): boolean {
    return (
      callee.type === "MemberExpression" &&
      this.#code.isGlobal(callee.object, "Promise") &&
      COMBINATORS.has(memberName(callee) ?? "")
    );
  }

  /** Whether a function returns a promise. */
  promises(node: FunctionNode): boolean {
    if (node.async) return !node.generator;
    return this.#remembered(this.#promising, node, () =>
      returnedBy(this.#code, node).some((each) => this.isPromise(each)),
    );
  }

  /** Whether nobody waits for a call: it stands for itself, with or without what is chained to it. */
  isDropped(call: AnyNode): boolean {
    for (const outer of this.#code.around(call)) {
      if (outer.type === "ExpressionStatement") return true;
      if (outer.type !== "MemberExpression" && chainMethod(outer) === undefined) return false;
    }
    return false;
  }

  // -- where a RetryError is thrown -----------------------------------------------------------------------------

  /** Whether a RetryError is made somewhere in a node, or in a function that it calls. */
  retries(outer: AnyNode): boolean {
    return this.#code.in(outer).some((node) => {
      if (node.type !== "NewExpression" && node.type !== "CallExpression") return false;
      if (this.#code.isGlobal(node.callee, "RetryError")) return true;
      const called = node.type === "CallExpression" ? this.#code.calledFunction(node) : undefined;
      return called !== undefined && this.#functionRetries(called);
    });
  }

  #functionRetries(node: FunctionNode): boolean {
    return this.#remembered(this.#retrying, node, () => this.retries(node.body));
  }

  /** Whether what is caught becomes a RetryError, at once or further down, or the event is passed on without. */
  catchRetries(clause: CatchClause): boolean {
    if (this.retries(clause.body) || this.#passesOn(clause)) return true;
    return this.#keepsError(clause) && this.#retriesBelow(clause);
  }

  /** An insert function may do without what it asked for: it returns the event that it was given. */
  #passesOn(clause: CatchClause): boolean {
    return this.#code
      .in(clause.body)
      .some(
        (node) =>
          node.type === "ReturnStatement" &&
          node.argument?.type === "Identifier" &&
          this.#code.variableOf(node.argument)?.defs[0]?.type === "Parameter",
      );
  }

  #keepsError({ param, body }: CatchClause): boolean {
    if (param?.type !== "Identifier") return false;
    return this.#code
      .in(body)
      .some((node) => node.type === "AssignmentExpression" && mentions(this.#code, node.right, param.name));
  }

  #retriesBelow(clause: CatchClause): boolean {
    const around = this.#code.functionAround(clause) ?? this.#code.program;
    return this.#code
      .in(around)
      .some((node) => node.start > clause.end && node.type === "ThrowStatement" && this.retries(node));
  }

  /** Whether a function given as an argument makes a RetryError. */
  argumentRetries(argument: AnyNode | undefined): boolean {
    if (argument === undefined) return false;
    const given = isFunction(argument) ? argument : this.#code.functionNamed(argument);
    return given !== undefined && this.#functionRetries(given);
  }

  // -- where an error goes that a call throws -------------------------------------------------------------------

  /** Whether the errors of a call become RetryErrors, here or wherever the function around it is called. */
  isRetried(call: AnyNode, seen: ReadonlySet<FunctionNode> = new Set()): boolean {
    let inner = call;
    for (const outer of this.#code.around(call)) {
      if (this.#chainRetries(outer, inner) || this.#tryRetries(outer, inner, call)) return true;
      if (isFunction(outer) && !this.#isInline(outer)) return this.#callersRetry(outer, seen);
      inner = outer;
    }
    return false;
  }

  #chainRetries(outer: AnyNode, inner: AnyNode): boolean {
    if (!isMemberOf(outer, inner)) return false;
    const chain = this.#code.parentOf(outer);
    if (chain?.type !== "CallExpression" || chain.callee !== outer) return false;
    const method = memberName(outer);
    if (method === "catch") return this.argumentRetries(chain.arguments[0]);
    return method === "then" && this.argumentRetries(chain.arguments[1]);
  }

  #tryRetries(outer: AnyNode, inner: AnyNode, call: AnyNode): boolean {
    if (outer.type !== "TryStatement" || outer.block !== inner || !outer.handler) return false;
    return !this.leavesTry(call) && this.catchRetries(outer.handler);
  }

  /** Whether a call's promise is returned without being awaited: a `try` around it catches nothing. */
  leavesTry(call: AnyNode): boolean {
    for (const outer of this.#code.around(call)) {
      if (outer.type === "ReturnStatement") return true;
      if (outer.type !== "MemberExpression" && chainMethod(outer) === undefined) return false;
    }
    return false;
  }

  /** A function that is run where it is written: given to a call, or called at once. */
  #isInline(node: FunctionNode): boolean {
    const parent = this.#code.parentOf(node);
    return parent?.type === "CallExpression" || parent?.type === "NewExpression";
  }

  #callersRetry(node: FunctionNode, seen: ReadonlySet<FunctionNode>): boolean {
    if (this.#code.handlerName(node) !== undefined) return false;
    if (seen.has(node)) return true;
    const more = new Set([...seen, node]);
    return this.#code.callsOf(node).every((call) => this.isRetried(call, more));
  }
}

export function mentions(code: Code, outer: AnyNode, name: string): boolean {
  return code.in(outer).some((node) => node.type === "Identifier" && node.name === name);
}

/** Whether a node is in the body of a `try` that catches. */
export function catchAround(code: Code, node: AnyNode): CatchClause | undefined {
  for (const outer of code.around(node)) {
    if (outer.type === "TryStatement" && outer.handler && isWithin(node, outer.block)) return outer.handler;
    if (isFunction(outer)) return undefined;
  }
  return undefined;
}
