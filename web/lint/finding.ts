/** What the lint finds, and the rules by which it does. */

/** Places count from 1; a column counts UTF-16 units, as V8 does. */
export interface Finding {
  rule: string;
  severity: Severity;
  line: number;
  column: number;
  message: string;
}

/** An error keeps the code from running at Segment at all; a warning is what bites in production. */
export type Severity = "error" | "warning";

/** A place in the code, as acorn writes it: columns count from 0. */
export interface Place {
  line: number;
  column: number;
}

/** Every rule with its severity; docs/lint.md has a heading for each. */
export const RULES = {
  "parse-error": "error",
  "module-syntax": "error",
  "newer-syntax": "error",
  "handler-declaration": "error",
  "settings-at-module-scope": "error",
  "settings-kept": "warning",
  "no-handler": "warning",
  "handler-of-2019": "warning",
  "newer-builtin": "warning",
  "node-global": "warning",
  "undocumented-global": "warning",
  "unknown-global": "warning",
  "implicit-global": "warning",
  "reassigned-global": "warning",
  "res-json-before-ok": "warning",
  "status-not-checked": "warning",
  "network-error-not-retried": "warning",
  "missing-await": "warning",
  "body-not-a-string": "warning",
  "get-with-body": "warning",
  "authentication-header": "warning",
  "cache-ttl-in-seconds": "warning",
  "functions-host": "warning",
  "bad-ignore": "warning",
  "not-linted": "warning",
} as const satisfies Record<string, Severity>;

export type Rule = keyof typeof RULES;

/** Make a finding of a rule at a place. */
export function finding(rule: Rule, { line, column }: Place, message: string): Finding {
  return { rule, severity: RULES[rule], line, column: column + 1, message };
}
