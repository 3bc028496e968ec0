/** The part of Node's `process` that the stream library asks for. Partner code does not see it. */

export { nextTick } from "./timers.ts";
export const env = {};
/** Node 20, which libraries ask after before they use what it has. */
export const version = "v20.18.0";
export const browser = false;
export const stdout = null;
export const stderr = null;
