/** The part of Node's `process` that the stream library asks for. Partner code does not see it. */

export { nextTick } from "./timers.ts";
export const env = {};
export const stdout = null;
export const stderr = null;
