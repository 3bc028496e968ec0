/** The part of Node's `process` that packages ask for. Partner code does not see it. */

import { console } from "./console.ts";

const now = Date.now;

export { nextTick } from "./timers.ts";

/**
 * The environment of AWS Lambda, which clients of AWS read: a region, and credentials that are good for nothing.
 * Source: AWS Lambda developer guide, Defined runtime environment variables; segment-docs, Functions, AWS.
 */
export const env = {
  AWS_ACCESS_KEY_ID: "ASIASEGMENTSANDBOX00",
  AWS_REGION: "us-west-2",
  AWS_SECRET_ACCESS_KEY: "segment-sandbox",
  AWS_SESSION_TOKEN: "segment-sandbox",
};
/** Node 20, which libraries ask after before they use what it has. */
export const version = "v20.18.0";
export const versions = { node: "20.18.0" };
export const argv: string[] = [];
export const browser = false;
export const pid = 1;
export const platform = "linux";

interface Output {
  readonly fd: number;
  readonly isTTY: boolean;
  write(text: unknown): boolean;
}

function output(fd: number, print: (...args: unknown[]) => void): Output {
  return {
    fd,
    isTTY: false,
    write(text) {
      print("%s", String(text).replace(/\n$/, ""));
      return true;
    },
  };
}

export const stdout = output(1, console.log);
export const stderr = output(2, console.error);

export function cwd(): string {
  return "/";
}

/** Seconds and nanoseconds, of which V8 knows the milliseconds; since an earlier result where one is given. */
export function hrtime(since: readonly [number, number] = [0, 0]): [number, number] {
  const passed = now() - (since[0] * 1_000 + since[1] / 1_000_000);
  return [Math.floor(passed / 1_000), Math.round((passed % 1_000) * 1_000_000)];
}

/** Seconds; a worker is always young. */
export function uptime(): number {
  return 1;
}

/** Warnings of packages about themselves are not the partner's. */
export function emitWarning(): void {}

/** Nothing that packages wait for happens: the process ends without a word to them. */
export function on(): void {}
