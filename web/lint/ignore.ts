/** Comments that silence a finding: `// sandbox-ignore <rule>: reason`, on its line or the line above. */

import type { Comment } from "acorn";
import { type Finding, finding, RULES } from "./finding.ts";

interface Ignore {
  rule: string;
  lines: readonly number[];
}

const FORM = /^\s*sandbox-ignore\b\s*([\w-]*)\s*:?\s*([\s\S]*)$/;

function linesOf({ loc }: Comment): number[] {
  return loc ? [loc.start.line, loc.end.line + 1] : [];
}

function complaint(rule: string, reason: string): string | undefined {
  if (!Object.hasOwn(RULES, rule))
    return `There is no rule ${rule || "named here"}. Write // sandbox-ignore <rule>: reason.`;
  if (reason === "") return `Why is ${rule} no matter here? Write // sandbox-ignore ${rule}: reason.`;
  return undefined;
}

/** Leave out what comments silence; a comment without a rule or a reason silences nothing and is a finding. */
export function silence(findings: readonly Finding[], comments: readonly Comment[]): Finding[] {
  const ignores: Ignore[] = [];
  const bad: Finding[] = [];
  for (const comment of comments) {
    const [, rule = "", reason = ""] = comment.value.match(FORM) ?? [];
    if (!FORM.test(comment.value) || !comment.loc) continue;
    const wrong = complaint(rule, reason.trim());
    if (wrong === undefined) ignores.push({ rule, lines: linesOf(comment) });
    else bad.push(finding("bad-ignore", comment.loc.start, wrong));
  }
  const silenced = (each: Finding): boolean =>
    ignores.some(({ rule, lines }) => rule === each.rule && lines.includes(each.line));
  return [...findings.filter((each) => !silenced(each)), ...bad];
}
