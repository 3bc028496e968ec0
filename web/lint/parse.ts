/** From source text to a syntax tree, as far as Node 20 understands it. */

import { parse as acorn, type Comment, type Options, type Program } from "acorn";
import { type Finding, finding, type Place, type Rule } from "./finding.ts";

/** The newest edition that Node 20 parses: of 2024's syntax it has what there is, the `v` flag of regexps. */
const NODE_20 = 2024;

type Attempt = Pick<Options, "ecmaVersion" | "sourceType" | "allowAwaitOutsideFunction">;

export interface Parsed {
  program: Program | undefined;
  comments: readonly Comment[];
  findings: readonly Finding[];
}

interface SyntaxPlace extends SyntaxError {
  loc: Place;
}

/** The wrapper of Segment's loader makes the code the body of a function, which is what `commonjs` means. */
const AS_A_FUNCTION: Attempt = { ecmaVersion: NODE_20, sourceType: "commonjs" };
const NEWER: Attempt = { ecmaVersion: "latest", sourceType: "commonjs" };
const AS_A_MODULE: Attempt = { ecmaVersion: "latest", sourceType: "module", allowAwaitOutsideFunction: true };

function attempt(source: string, options: Attempt): Parsed | SyntaxPlace {
  const comments: Comment[] = [];
  const common = { locations: true, ranges: true, onComment: comments, allowHashBang: false };
  try {
    const returns = options.sourceType === "module" ? { allowReturnOutsideFunction: true } : {};
    return { program: acorn(source, { ...common, ...returns, ...options }), comments, findings: [] };
  } catch (error) {
    if (error instanceof SyntaxError) return error as SyntaxPlace;
    throw error;
  }
}

function refused(parsed: Parsed, rule: Rule, place: Place, message: string): Parsed {
  return { ...parsed, findings: [finding(rule, place, message)] };
}

function words(error: SyntaxPlace): string {
  return error.message.replace(/ \(\d+:\d+\)$/, "");
}

/** Where a module's own syntax is: its first import or export, else a top-level await. */
function moduleSyntax({ program }: Parsed, failed: SyntaxPlace): { place: Place; what: string } {
  const statement = program?.body.find((each) => /^(Import|Export)/.test(each.type));
  if (statement?.loc === undefined || statement.loc === null) {
    return { place: failed.loc, what: "await outside an async function" };
  }
  return { place: statement.loc.start, what: statement.type.startsWith("Import") ? "import" : "export" };
}

/** Parse code as the body of Segment's wrapper; code that is newer, or a module, is still looked over. */
export function parse(source: string): Parsed {
  const parsed = attempt(source, AS_A_FUNCTION);
  if (!(parsed instanceof SyntaxError)) return parsed;
  const newer = attempt(source, NEWER);
  if (!(newer instanceof SyntaxError)) {
    const why = `Segment's functions run on Node 20, which does not parse this (${words(parsed)}).`;
    return refused(newer, "newer-syntax", parsed.loc, `${why} Write it in the syntax of ES2023.`);
  }
  const module = attempt(source, AS_A_MODULE);
  if (!(module instanceof SyntaxError)) {
    const { place, what } = moduleSyntax(module, parsed);
    const why = `Segment wraps the code in a function, where ${what} is a SyntaxError.`;
    return refused(module, "module-syntax", place, `${why} Write one script without it.`);
  }
  const nothing = { program: undefined, comments: [], findings: [] };
  return refused(
    nothing,
    "parse-error",
    parsed.loc,
    `SyntaxError: ${words(parsed)}. The code does not load.`,
  );
}
