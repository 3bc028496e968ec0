/** The syntax tree of a function with what the rules ask of it: parents, functions, variables. */

import type {
  AnyNode,
  ArrowFunctionExpression,
  CallExpression,
  FunctionDeclaration,
  FunctionExpression,
  Identifier,
  MemberExpression,
  Program,
} from "acorn";
import { analyze, type Reference, type Variable } from "eslint-scope";
import type { Place } from "./finding.ts";
import { FIRST_NAMES, HANDLERS } from "./names.ts";

export type FunctionNode = ArrowFunctionExpression | FunctionDeclaration | FunctionExpression;
type OfType<T extends AnyNode["type"]> = Extract<AnyNode, { type: T }>;

const FUNCTIONS = new Set<string>(["ArrowFunctionExpression", "FunctionDeclaration", "FunctionExpression"]);

export function isFunction(node: AnyNode | undefined | null): node is FunctionNode {
  return node !== undefined && node !== null && FUNCTIONS.has(node.type);
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node).flat().filter(isNode);
}

/** Where a node begins. */
export function startOf(node: AnyNode): Place {
  return node.loc?.start ?? { line: 1, column: 0 };
}

/** Whether a node lies in another, or is it. */
export function isWithin(node: AnyNode, outer: AnyNode): boolean {
  return outer.start <= node.start && node.end <= outer.end;
}

/** The name of a member that is written as one: `a.name`, `a["name"]`. */
export function memberName(node: AnyNode): string | undefined {
  if (node.type !== "MemberExpression") return undefined;
  if (!node.computed) return node.property.type === "Identifier" ? node.property.name : undefined;
  return node.property.type === "Literal" ? String(node.property.value) : undefined;
}

/** The key of a property that is written as one: `{name: 1}`, `{"name": 1}`. */
export function keyName(node: AnyNode): string | undefined {
  if (node.type !== "Property" && node.type !== "MethodDefinition" && node.type !== "PropertyDefinition") {
    return undefined;
  }
  if (node.key.type === "Literal") return String(node.key.value);
  return node.key.type === "Identifier" && !node.computed ? node.key.name : undefined;
}

export class Code {
  readonly source: string;
  readonly program: Program;
  /** All nodes, outer ones before those in them. */
  readonly nodes: readonly AnyNode[];
  readonly references: readonly Reference[];
  readonly variables: readonly Variable[];
  readonly #parents = new Map<AnyNode, AnyNode>();
  /** Behind the last of the nodes that lie in one, as a position in `nodes`. */
  readonly #ends = new Map<AnyNode, number>();
  readonly #positions = new Map<AnyNode, number>();
  readonly #variables = new Map<unknown, Variable>();

  constructor(source: string, program: Program) {
    this.source = source;
    this.program = program;
    this.nodes = this.#collect(program);
    const sourceType = program.sourceType === "module" ? "module" : "commonjs";
    const { scopes } = analyze(program as never, { ecmaVersion: 2026, sourceType });
    this.references = scopes.flatMap((scope) => scope.references);
    this.variables = scopes.flatMap((scope) => scope.variables);
    for (const { identifier, resolved } of this.references) {
      if (resolved) this.#variables.set(identifier, resolved);
    }
    for (const variable of this.variables) {
      for (const identifier of variable.identifiers) this.#variables.set(identifier, variable);
    }
  }

  #collect(root: AnyNode): AnyNode[] {
    const found: AnyNode[] = [];
    const visit = (node: AnyNode): void => {
      this.#positions.set(node, found.push(node) - 1);
      for (const child of childrenOf(node)) {
        this.#parents.set(child, node);
        visit(child);
      }
      this.#ends.set(node, found.length);
    };
    visit(root);
    return found;
  }

  of<T extends AnyNode["type"]>(type: T): OfType<T>[] {
    return this.nodes.filter((node): node is OfType<T> => node.type === type);
  }

  /** A node and all that lie in it. */
  in(outer: AnyNode): readonly AnyNode[] {
    return this.nodes.slice(this.#positions.get(outer), this.#ends.get(outer));
  }

  parentOf(node: AnyNode): AnyNode | undefined {
    return this.#parents.get(node);
  }

  /** The nodes around a node, the nearest first. */
  *around(node: AnyNode): Generator<AnyNode> {
    for (let outer = this.parentOf(node); outer !== undefined; outer = this.parentOf(outer)) yield outer;
  }

  /** The innermost function around a node; `undefined` at module scope. */
  functionAround(node: AnyNode): FunctionNode | undefined {
    for (const outer of this.around(node)) if (isFunction(outer)) return outer;
    return undefined;
  }

  /** The variable that a name stands for where it is used or declared; `undefined` for globals. */
  variableOf(identifier: AnyNode): Variable | undefined {
    return this.#variables.get(identifier);
  }

  /** Whether an expression is a name that the code does not declare itself. */
  isGlobal(node: AnyNode, name: string): node is Identifier {
    return node.type === "Identifier" && node.name === name && this.variableOf(node) === undefined;
  }

  /** Whether a call is one of a global's method: `cache.load(…)`. */
  calls(call: CallExpression, owner: string, method: string): boolean {
    const { callee } = call;
    return (
      callee.type === "MemberExpression" &&
      memberName(callee) === method &&
      this.isGlobal(callee.object, owner)
    );
  }

  /** The function that a name stands for, if it was declared or initialised as one. */
  functionNamed(identifier: AnyNode): FunctionNode | undefined {
    const [definition] = this.variableOf(identifier)?.defs ?? [];
    const node = definition?.node as unknown as AnyNode | undefined;
    if (isFunction(node)) return node;
    return node?.type === "VariableDeclarator" && isFunction(node.init) ? node.init : undefined;
  }

  /** The function that a call surely runs: by its name, or as the method of an object that is written out. */
  calledFunction({ callee }: CallExpression): FunctionNode | undefined {
    if (isFunction(callee)) return callee;
    if (callee.type === "Identifier") return this.functionNamed(callee);
    if (callee.type !== "MemberExpression") return undefined;
    const owner = callee.object;
    const isOwn = owner.type === "ThisExpression" || owner.type === "NewExpression";
    return this.#methods().get(`${isOwn ? "" : this.textOf(owner)}.${memberName(callee)}`);
  }

  textOf(node: AnyNode): string {
    return this.source.slice(node.start, node.end);
  }

  #methodTable: Map<string, FunctionNode> | undefined;

  /** Methods by `owner.name`, and by `.name` whatever the owner is. */
  #methods(): Map<string, FunctionNode> {
    if (this.#methodTable === undefined) {
      this.#methodTable = new Map();
      for (const node of this.nodes) {
        if (!isFunction(node)) continue;
        const [owner, name] = this.#methodOf(node);
        if (owner !== undefined) this.#methodTable.set(`${owner}.${name}`, node);
        if (name !== undefined) this.#methodTable.set(`.${name}`, node);
      }
    }
    return this.#methodTable;
  }

  /** The owner and the name of a function that is a method: `owner = {name() {}}`, `owner.name = () => {}`. */
  #methodOf(node: FunctionNode): [owner?: string, name?: string] {
    const parent = this.parentOf(node);
    if (parent?.type === "AssignmentExpression" && parent.left.type === "MemberExpression") {
      return [this.textOf(parent.left.object), memberName(parent.left)];
    }
    const name = parent && keyName(parent);
    if (parent === undefined || name === undefined) return [];
    const holder = this.parentOf(this.parentOf(parent) as AnyNode);
    if (holder?.type === "VariableDeclarator") return [this.textOf(holder.id), name];
    return holder?.type === "AssignmentExpression" ? [this.textOf(holder.left), name] : [undefined, name];
  }

  #callTable: Map<FunctionNode, CallExpression[]> | undefined;

  /** Where a function may be called: by its name, or as a method of that name. */
  callsOf(called: FunctionNode): readonly CallExpression[] {
    if (this.#callTable === undefined) {
      this.#callTable = new Map();
      for (const call of this.of("CallExpression")) {
        const node = this.calledFunction(call) ?? this.#methods().get(`.${memberName(call.callee)}`);
        if (node !== undefined) this.#callTable.set(node, [...(this.#callTable.get(node) ?? []), call]);
      }
    }
    return this.#callTable.get(called) ?? [];
  }

  /** The name under which Segment calls a function, if it does. */
  handlerName(node: FunctionNode): string | undefined {
    const parent = this.parentOf(node);
    const name = declaredName(node, parent);
    const known = HANDLERS.has(name ?? "") || FIRST_NAMES.has(name ?? "");
    return known && this.functionAround(node) === undefined ? name : undefined;
  }
}

function declaredName(node: FunctionNode, parent: AnyNode | undefined): string | undefined {
  if (node.type === "FunctionDeclaration") return node.id?.name;
  if (parent?.type === "VariableDeclarator" && parent.id.type === "Identifier") return parent.id.name;
  if (parent?.type === "AssignmentExpression" && parent.left.type === "Identifier") return parent.left.name;
  return undefined;
}

/** Whether a member expression is read off another node: `node.member`. */
export function isMemberOf(parent: AnyNode | undefined, node: AnyNode): parent is MemberExpression {
  return parent?.type === "MemberExpression" && parent.object === node;
}
