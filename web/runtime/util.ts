/** The part of Node's `util` that packages in the core ask for. */

export { inspect } from "node-inspect-extracted";
