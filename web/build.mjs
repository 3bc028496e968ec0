/**
 * Writes everything that ships as `sandbox/_static`: the JavaScript that runs in V8 beside partner code, the
 * page, and the licences of the packages in them. Run by hatch_build.py, or by hand: npm run build.
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import snippet from "@segment/snippet";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.env.SANDBOX_STATIC ?? join(here, "..", "sandbox", "_static");
const installed = join(here, "node_modules");

/** Modules of Node that packages find at run time, in runtime/modules.ts. */
const PROVIDED = new Set([
  ...["assert", "buffer", "crypto", "domain", "events", "http", "https", "os", "path", "punycode"],
  ...["querystring", "stream", "string_decoder", "timers", "tty", "unavailable", "url", "util", "zlib"],
]);
/** Modules of Node that would open files, sockets or processes: whatever is called there throws. */
const UNAVAILABLE = new Set([
  ...["async_hooks", "child_process", "cluster", "dgram", "dns", "fs", "http2", "inspector", "module", "net"],
  ...["perf_hooks", "readline", "repl", "tls", "v8", "vm", "worker_threads"],
]);
/** Node's globals that packages use but partner code may replace or does not see, and one that they shall not see. */
const NODE_GLOBALS = [
  ...["process", "Buffer", "setTimeout", "clearTimeout", "setInterval", "clearInterval"],
  ...["setImmediate", "clearImmediate", "__filename", "__dirname", "window"],
];
/** Segment's packages; each becomes one script that is evaluated when first used, and exports what is here. */
const PACKAGES = {
  "aws-sdk": 'require("aws-sdk")',
  "fetch-retry": '{ fetchretry: require("fetch-retry") }',
  "form-data": 'require("form-data")',
  hubspot: '{ hubspot: require("@hubspot/api-client") }',
  jsforce: 'require("jsforce")',
  jsonwebtoken: 'require("jsonwebtoken")',
  "libphonenumber-js": '{ libphonenumberjs: require("libphonenumber-js") }',
  lodash: 'require("lodash")',
  mailchimp: '{ mailchimp: require("@mailchimp/mailchimp_marketing") }',
  mailjet: '{ nodemailjet: require("node-mailjet") }',
  "moment-timezone": 'require("moment-timezone")',
  "node-fetch": 'require("node-fetch")',
  oauth: 'require("oauth")',
  sendgrid: '{ client: require("@sendgrid/client"), mail: require("@sendgrid/mail") }',
  skyflow: '{ skyflow: require("skyflow-node") }',
  stripe: 'require("stripe")',
  twilio: 'require("twilio")',
  uuidv5: '{ uuidv5: require("uuidv5") }',
  winston: '{ winston: require("winston") }',
  xml: 'require("xml")',
  xml2js: 'require("xml2js")',
};

/** Segment's library for web pages, which brings a build of its own. */
const ANALYTICS = "@segment/analytics-next";

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

/** Gives packages the modules of Node that the runtime has. */
const nodeModules = {
  name: "node-modules",
  setup(plugged) {
    plugged.onResolve({ filter: /^(node:)?[a-z0-9_]+\/?$/ }, ({ path }) => {
      const name = path.replace(/^node:|\/$/g, "");
      if (PROVIDED.has(name)) return { path: name, external: true };
      return UNAVAILABLE.has(name) ? { path: name, namespace: "unavailable" } : undefined;
    });
    plugged.onLoad({ filter: /./, namespace: "unavailable" }, ({ path }) => ({
      contents: `module.exports = require("unavailable").moduleOf(${JSON.stringify(path)});`,
    }));
  },
};

/** One script of Segment's packages, unmodified: its name and the function that makes it. */
function buildPackage([name, exported]) {
  return buildModule(name, {
    stdin: { contents: `module.exports = ${exported};`, resolveDir: here },
    platform: "node",
    mainFields: ["main"],
    external: ["encoding"],
    minify: false, // but for the names, which the errors of libraries show
    minifySyntax: true,
    minifyWhitespace: true,
    loader: { ".map": "empty", ".ts": "empty" }, // beside the code, where a library requires a whole folder
    plugins: [nodeModules],
  });
}

/** Modules of ours that are evaluated only when asked for, likewise. */
function buildOwn(name) {
  return buildModule(name, {
    entryPoints: [`runtime/${name}.ts`],
    platform: "neutral",
    mainFields: ["main"],
  });
}

function buildModule(name, options) {
  return build({
    ...common,
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

/** Folders of the npm packages whose code is in a build. */
function packagesIn(result) {
  const inputs = Object.keys(result.metafile.inputs);
  return inputs.flatMap((path) => path.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1] ?? []);
}

/** The page: its script, the editor's that it loads when a component is opened, and what stands beside them. */
async function buildPage() {
  await cp(join(here, "page"), join(out, "page"), {
    recursive: true,
    filter: (path) => !/\.tsx?$|tsconfig/.test(path),
  });
  return build({
    ...common,
    entryPoints: ["page/page.tsx"],
    jsx: "automatic",
    jsxImportSource: "preact",
    outdir: join(out, "page"),
    platform: "browser",
    format: "esm",
    splitting: true,
    chunkNames: "[name]", // one beside the page's: what is old is asked for by no name of its own
    keepNames: false,
  });
}

/** What a page loads: Segment's own build of analytics.js and its chunks, and the snippet that asks for it. */
async function copyAnalytics() {
  const from = join(installed, ANALYTICS, "dist", "umd");
  const to = join(out, "analytics");
  await mkdir(join(to, "bundles"), { recursive: true });
  for (const file of (await readdir(from)).filter((name) =>
    /^standalone\.js$|\.bundle\..*\.js$/.test(name),
  )) {
    // The maps, as large again, do not ship; a browser would ask for them.
    const code = (await readFile(join(from, file), "utf8")).replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
    await writeFile(join(to, file === "standalone.js" ? file : join("bundles", file)), code);
  }
  await writeFile(join(to, "snippet.html"), renderedSnippet());
}

/** The snippet, with `__WRITE_KEY__` and `__ORIGIN__` to be filled in; the package knows https alone. */
function renderedSnippet() {
  const code = snippet.min({ apiKey: "__WRITE_KEY__", host: "__HOST__" });
  const filled = code.replace('"https://__HOST__', '"__ORIGIN__');
  if (filled === code) throw new Error("@segment/snippet writes the address of its script in another way");
  return `<script>\n${filled.trim()}\n</script>\n`;
}

/** A package and all that it depends on, as its own build may hold any of it. */
async function withDependencies(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const about = JSON.parse(await readFile(join(installed, name, "package.json"), "utf8"));
  for (const each of Object.keys(about.dependencies ?? {})) await withDependencies(each, found);
  return found;
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

/** As packages had it before there was `license`. */
function licencesOf(about) {
  return (about.licenses ?? []).map(({ type }) => type).join(" or ");
}

async function licenceOf(path) {
  const folder = join(here, path);
  const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const text = await licenceText(folder);
  return `${about.name} ${about.version} (${about.license ?? licencesOf(about)})\n\n${text.trim()}\n`;
}

for (const folder of ["runtime", "page", "lint", "analytics"]) {
  await rm(join(out, folder), { recursive: true, force: true });
}
await mkdir(out, { recursive: true });
const results = await Promise.all([
  buildKernel(),
  buildPage(),
  buildLint(),
  ...["node-modules", "repeatable", "web-globals"].map(buildOwn),
  ...Object.entries(PACKAGES).map(buildPackage),
]);
await copyAnalytics();
const copied = [...(await withDependencies(ANALYTICS)), "@segment/snippet"].map(
  (name) => `node_modules/${name}`,
);
const folders = [...new Set([...results.flatMap(packagesIn), ...copied])].sort();
const licences = [...new Set(await Promise.all(folders.map(licenceOf)))];
await writeFile(join(out, "THIRD_PARTY_LICENSES.txt"), licences.join(`\n${"-".repeat(78)}\n\n`));
