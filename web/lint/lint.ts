/**
 * Looks for what bites a function in production. The bundle is one function that takes a request as JSON text
 * and returns a report as JSON text; it runs wherever there is JavaScript, and reads nothing but the text.
 */

import { getLineInfo } from "acorn";
import { findUncheckedAnswers } from "./answers.ts";
import { Code } from "./code.ts";
import { type Finding, finding, RULES } from "./finding.ts";
import { Flow } from "./flow.ts";
import { findKeptSettings, findNewerBuiltins, findReassigned, findUnknownNames } from "./globals.ts";
import { findDeclarations, findHandlers, type Handlers, type Kind } from "./handlers.ts";
import { silence } from "./ignore.ts";
import { parse } from "./parse.ts";
import { findMissingAwaits, findShortTtls } from "./promises.ts";
import { findLostNetworkErrors, findMisspeltHeaders, findUnfitBodies } from "./requests.ts";

interface Script {
  source: string;
  handlers: Handlers;
  kind: Kind;
  web_globals: boolean;
}

interface Report {
  rules: typeof RULES;
  /** For each script, in the order of its lines. */
  findings: Finding[][];
}

const FUNCTIONS_HOST = "https://fn.segmentapis.com";
const LOOP =
  `The code contains ${FUNCTIONS_HOST}. Segment refuses to save a source function with it, as it could call ` +
  "itself for ever. Keep the address in a setting.";

function findFunctionsHost(source: string): Finding[] {
  return [...source.matchAll(/https:\/\/fn\.segmentapis\.com/gi)].map(({ index }) =>
    finding("functions-host", getLineInfo(source, index), LOOP),
  );
}

function lookOver(code: Code, { handlers, kind, web_globals }: Script): Finding[] {
  const flow = new Flow(code);
  return [
    ...findDeclarations(code),
    ...findHandlers(code, handlers, kind),
    ...findUnknownNames(code, web_globals),
    ...findReassigned(code),
    ...findKeptSettings(code),
    ...findNewerBuiltins(code),
    ...findUncheckedAnswers(code, flow),
    ...findLostNetworkErrors(code, flow),
    ...findUnfitBodies(code, flow),
    ...findMisspeltHeaders(code),
    ...findMissingAwaits(code, flow),
    ...findShortTtls(code),
  ];
}

function lintScript(script: Script): Finding[] {
  const source = script.source.replace(/^\ufeff/, "");
  const { program, comments, findings } = parse(source);
  const found = program ? lookOver(new Code(source, program), script) : [];
  const all = silence([...findings, ...found, ...findFunctionsHost(source)], comments);
  return all.sort((one, other) => one.line - other.line || one.column - other.column);
}

function lintOrSay(script: Script): Finding[] {
  try {
    return lintScript(script);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = "The code is nested too deeply to be looked over. Nothing is said about it.";
    return [finding("not-linted", { line: 1, column: 0 }, message)];
  }
}

/** Look scripts over. */
export function lint(request: string): string {
  const scripts = JSON.parse(request) as Script[];
  const report: Report = { rules: RULES, findings: scripts.map(lintOrSay) };
  return JSON.stringify(report);
}
