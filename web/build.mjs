/**
 * Writes everything that ships as `sandbox/_static`: the JavaScript that runs in V8 beside partner code, the
 * page, and the licences of the packages in them. Run by hatch_build.py, or by hand: npm run build.
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.env.SANDBOX_STATIC ?? join(here, "..", "sandbox", "_static");
const installed = join(here, "node_modules");

/** Modules that packages find at run time, in runtime/modules.ts. */
const PROVIDED = [
  ...["buffer", "crypto", "events", "fs", "http", "https", "path", "querystring", "stream", "string_decoder"],
  ...["timers", "url", "util", "zlib"],
];
/** Node's globals that packages use but partner code may replace or does not see; given by modules.ts. */
const NODE_GLOBALS = ["process", "Buffer", "setTimeout", "clearTimeout"];
/** Segment's packages; each becomes one script that is evaluated when first used. */
const PACKAGES = [
  ...["fetch-retry", "form-data", "jsonwebtoken", "lodash", "moment-timezone", "node-fetch", "oauth"],
  ...["uuidv5", "xml", "xml2js"],
];

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  keepNames: true, // node-fetch tells objects apart by the name of their class
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
  target: "es2022",
  format: "cjs",
};

/** Node's names for what npm packages provide here; a plain alias may not end in a slash. */
const STAND_INS = {
  buffer: join(installed, "buffer", "index.js"),
  "buffer/": join(installed, "buffer", "index.js"),
  events: join(installed, "events", "events.js"),
  "process/": join(here, "runtime", "process.ts"),
  "readable-stream": join(installed, "readable-stream", "lib", "ours", "browser.js"),
  "string_decoder/": join(installed, "string_decoder", "lib", "string_decoder.js"),
  "url/": join(installed, "url", "url.js"),
  util: join(here, "runtime", "util.ts"),
};
const standIns = {
  name: "stand-ins",
  setup(plugged) {
    plugged.onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
      kind !== "entry-point" && path in STAND_INS ? { path: STAND_INS[path] } : undefined,
    );
  },
};

/** The core: a function that takes the bridge as `this` and returns what the worker calls. */
function buildKernel() {
  return build({
    ...common,
    entryPoints: { kernel: "runtime/kernel.ts" },
    outdir: join(out, "runtime"),
    platform: "neutral",
    mainFields: ["module", "main"],
    // Strict, so that stacks give away neither functions nor objects of the core's.
    banner: { js: '(function () { "use strict"; const host = this; const module = { exports: {} };' },
    footer: { js: "return module.exports; })\n//# sourceURL=kernel.js" },
    define: { "process.env.NODE_DEBUG": "undefined" },
    plugins: [standIns],
  });
}

/** One package of Segment's, unmodified: its name and the function that makes it. */
function buildPackage(name) {
  return buildModule(name, {
    stdin: { contents: `module.exports = require(${JSON.stringify(name)});`, resolveDir: here },
    platform: "node",
    mainFields: ["main"],
  });
}

/** Modules of ours that are evaluated only when asked for, likewise. */
function buildOwn(name) {
  return buildModule(name, {
    entryPoints: [`runtime/${name}.ts`],
    platform: "neutral",
    mainFields: ["main"],
    external: [],
  });
}

function buildModule(name, options) {
  return build({
    ...common,
    external: [...PROVIDED, "encoding"],
    ...options,
    outfile: join(out, "runtime", `${name}.js`),
    define: { global: "globalThis" },
    banner: {
      js: `[${JSON.stringify(name)}, function (module, exports, require, ${NODE_GLOBALS.join(", ")}) {`,
    },
    footer: { js: `}]\n//# sourceURL=${name}.js` },
  });
}

/** The lint: a function that takes its request as `this`, a string, and returns its report as one. */
function buildLint() {
  return build({
    ...common,
    entryPoints: { lint: "lint/lint.ts" },
    outdir: join(out, "lint"),
    platform: "neutral",
    mainFields: ["module", "main"],
    banner: { js: "(function () { const module = { exports: {} };" },
    footer: { js: "return module.exports.lint(String(this)); })\n//# sourceURL=lint.js" },
  });
}

/** Names of the npm packages whose code is in a build. */
function packagesIn(result) {
  const inputs = Object.keys(result.metafile.inputs);
  return inputs.flatMap((path) => path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1] ?? []);
}

/** The page: a script without any package, and what stands beside it. */
async function buildPage() {
  await cp(join(here, "page"), join(out, "page"), {
    recursive: true,
    filter: (path) => !/\.ts$|tsconfig/.test(path),
  });
  return build({
    ...common,
    entryPoints: ["page/page.ts"],
    outdir: join(out, "page"),
    platform: "browser",
    format: "esm",
  });
}

/** The text of a package's licence: a file of its own, else the last chapter of the README. */
async function licenceText(folder) {
  const files = await readdir(folder);
  const file = files.find((entry) => /^licen[cs]e/i.test(entry));
  if (file) return readFile(join(folder, file), "utf8");
  const readme = files.find((entry) => /^readme/i.test(entry));
  const text = readme ? await readFile(join(folder, readme), "utf8") : "";
  return text.split(/^#+ *licen[cs]e *$/im)[1] ?? "";
}

async function licenceOf(name) {
  const folder = join(installed, name);
  const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const text = await licenceText(folder);
  return `${name} ${about.version} (${about.license})\n\n${text.trim()}\n`;
}

for (const folder of ["runtime", "page", "lint"]) {
  await rm(join(out, folder), { recursive: true, force: true });
}
await mkdir(out, { recursive: true });
const results = await Promise.all([
  buildKernel(),
  buildPage(),
  buildLint(),
  ...["node-modules", "web-globals"].map(buildOwn),
  ...PACKAGES.map(buildPackage),
]);
const names = [...new Set(results.flatMap(packagesIn))].sort();
const licences = await Promise.all(names.map(licenceOf));
await writeFile(join(out, "THIRD_PARTY_LICENSES.txt"), licences.join(`\n${"-".repeat(78)}\n\n`));
