/**
 * Modules of Node's that only some libraries ask for, as browserify's packages have them. A package of its own,
 * evaluated when one of those libraries is.
 */

import path from "path-browserify";
import querystring from "querystring-es3";
import util from "util/";

/** What may be looked for and is not there, as in a function at Segment. */
const fs = {};

export { fs, path, querystring, util };
