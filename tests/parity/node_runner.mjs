/**
 * Runs functions in Node 20 as Segment does, and tells what each came to.
 *
 * Standard input is one JSON text `{answers, cases}`, standard output one: by the name of the case what the
 * test compares. Each case has a V8 context of its own, whose globals are a copy of the documented table,
 * and the code is a sloppy function with the handlers' names as parameters.
 * Source: segmentio/functions-library, the loader of its test kit; segment-docs, Functions, Runtime.
 *
 * Requests reach a server of this process instead of the hosts that they name; it knows the canned answers.
 */
import { Console } from "node:console";
import http from "node:http";
import https from "node:https";
import crypto from "node:crypto";
import { createRequire } from "node:module";
import net from "node:net";
import { Writable } from "node:stream";
import util from "node:util";
import vm from "node:vm";
import zlib from "node:zlib";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const plainRequest = http.request;
const CASE_MS = 5_000;
const HANDLERS = {
  identify: "onIdentify",
  track: "onTrack",
  page: "onPage",
  screen: "onScreen",
  group: "onGroup",
  alias: "onAlias",
  delete: "onDelete",
};
const HANDLERS_OF = {
  subscription: Object.values(HANDLERS),
  destination: [...Object.values(HANDLERS), "onBatch"],
  insert: [...Object.values(HANDLERS), "onBatch"],
  source: ["onRequest"],
};
const LEVELS = { info: "info", debug: "debug", warn: "warn", assert: "warn", error: "error", trace: "error" };
const FRAMING = new Set(["Connection", "Content-Length", "Transfer-Encoding"]);

/** What a request was made for and in which case, by the port from which it comes. */
const connections = new Map();

/** The case under way; they run one after the other. */
let current = { logs: [], requests: [], fail: () => {} };

// Segment's error classes, and what was thrown as the test sees it

function errorClass(name) {
  return {
    [name]: class extends Error {
      constructor(message) {
        super(message);
        this.name = name;
      }
    },
  };
}

function propertyOf(error, key) {
  try {
    const text = JSON.stringify(error[key]);
    return text === undefined || text.length > 2048 ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function propertiesOf(error) {
  const keys = Object.keys(error).filter((key) => !["stack", "message", "name"].includes(key));
  return Object.fromEntries(keys.map((key) => [key, propertyOf(error, key)]));
}

function described(thrown) {
  if (util.types.isNativeError(thrown) || thrown instanceof Error) {
    const { name, message, stack } = thrown;
    return { name: String(name), message: String(message), stack: String(stack), properties: propertiesOf(thrown) };
  }
  const message = typeof thrown === "string" ? thrown : util.inspect(thrown);
  return { name: typeof thrown, message, stack: "", properties: {} };
}

// The console, each line with its level

function capturingConsole() {
  let level = "log";
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _, done) {
      current.logs.push({ level, text: String(chunk).replace(/\n$/, "") });
      done();
    },
  });
  const inner = new Console({ stdout: stream, stderr: stream });
  const withLevel = (method) =>
    function (...args) {
      level = LEVELS[method] ?? "log";
      return inner[method](...args);
    };
  const methods = Object.keys(inner).filter((key) => typeof inner[key] === "function");
  return Object.fromEntries(methods.map((method) => [method, withLevel(method)]));
}

// The network: one server, without TLS

function answerTo(url, answers) {
  return answers[url] ?? { error: { code: "ENOTFOUND", message: `getaddrinfo ENOTFOUND ${new URL(url).hostname}` } };
}

function raw({ status, reason, headers, body }) {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status} ${reason}\r\n${lines}\r\n`, "latin1"),
    Buffer.from(body, "base64"),
  ]);
}

/** The function's headers, without those that Node adds of itself, which stand behind Host. */
function headerPairs(rawHeaders, { host }) {
  const pairs = [];
  for (let at = 0; at < rawHeaders.length; at += 2) pairs.push([rawHeaders[at], rawHeaders[at + 1]]);
  const added = pairs.findIndex(([name, value]) => name === "Host" && value === host);
  if (added === -1) return pairs;
  return pairs.filter(([name], at) => at < added || (at > added && !FRAMING.has(name)));
}

async function startServer(answers) {
  const server = http.createServer(async (request, response) => {
    const { url, record } = connections.get(request.socket.remotePort);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = headerPairs(request.rawHeaders, new URL(url));
    const body = Buffer.concat(chunks).toString("base64");
    record.requests.push({ method: request.method, url, headers, body });
    const answer = answerTo(url, answers);
    if (!answer.never) response.socket.end(raw(answer));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  server.unref();
  return server.address().port;
}

function connectTo(port, url) {
  const socket = net.connect(port, "127.0.0.1");
  const record = current;
  socket.once("connect", () => connections.set(socket.localPort, { url, record }));
  return socket;
}

/** The number that Node has for the name of a system error; ENOTFOUND is its own name for libuv's EAI_NONAME. */
function errnoOf(code) {
  const known = code === "ENOTFOUND" ? "EAI_NONAME" : code;
  return [...util.getSystemErrorMap()].find(([, [name]]) => name === known)?.[0];
}

/** A request for a host without an answer fails as it does where the name has no address. */
function fail({ error: { code, message } }, method, url, connected) {
  current.requests.push({ method, url, unsent: true });
  connected(Object.assign(new Error(message), { code, errno: errnoOf(code), syscall: message.split(" ")[0] }));
}

function optionsOf(target, options) {
  if (typeof target === "string") target = new URL(target);
  if (!(target instanceof URL)) return { ...target, ...options };
  return { ...urlOptions(target), ...options };
}

function urlOptions({ protocol, hostname, port, pathname, search, username, password }) {
  const auth = username === "" ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` };
  const bare = hostname.replace(/^\[|\]$/g, "");
  return { protocol, hostname: bare, path: pathname + search, ...(port && { port }), ...auth };
}

function addressOf({ hostname, host = "localhost", port, path = "/" }, scheme, usualPort) {
  const at = Number(port ?? usualPort) === usualPort ? "" : `:${port}`;
  return `${scheme}//${hostname ?? host}${at}${path}`;
}

function redirectToServer(module, scheme, serverPort, answers) {
  const usualPort = scheme === "https:" ? 443 : 80;
  const request = (target, options, responded) => {
    if (typeof options === "function") return request(target, undefined, options);
    const given = optionsOf(target, options);
    const url = addressOf(given, scheme, usualPort);
    const answer = answerTo(url, answers);
    const createConnection = (_, connected) =>
      answer.error ? fail(answer, given.method ?? "GET", url, connected) : connectTo(serverPort, url);
    const plain = { ...given, protocol: "http:", defaultPort: usualPort, agent: undefined, createConnection };
    return plainRequest(plain, responded);
  };
  module.request = request;
  module.get = (...args) => request(...args).end();
}

// The table of globals

function makeCache() {
  const entries = new Map();
  return {
    async load(key, ttl, loader) {
      const make = typeof ttl === "function" ? ttl : loader;
      const found = entries.get(key);
      if (found && found.until > Date.now()) return found.value;
      const value = await make();
      const lasts = typeof ttl === "number" && ttl !== -1 ? ttl : Number.POSITIVE_INFINITY;
      entries.set(key, { value, until: Date.now() + lasts });
      return value;
    },
    delete: (key) => {
      entries.delete(key);
    },
  };
}

/** What each call of `Segment` requires, and whether it needs a user. */
const CALLS = {
  identify: [[], true],
  track: [["event"], true],
  page: [[], true],
  screen: [[], true],
  group: [["groupId"], false],
  alias: [["previousId"], true],
};

function required(fields, names, ValidationError) {
  for (const name of names) {
    if ((fields[name] ?? "") === "") throw new ValidationError(`${name} is required but not defined`);
  }
}

function makeSegment(ValidationError) {
  const calls = Object.entries(CALLS).map(([type, [names, needsUser]]) => {
    const call = (fields) => {
      required(fields, names, ValidationError);
      if (needsUser && !fields.userId && !fields.anonymousId) {
        throw new ValidationError("One of userId,anonymousId is required but not defined");
      }
      const message = { type, ...fields };
      current.events.push(message);
      return message;
    };
    return [type, call];
  });
  const set = (fields) => {
    required(fields, ["collection", "id"], ValidationError);
    current.objects.push({ ...fields });
    return { ...fields };
  };
  return { ...Object.fromEntries(calls), set };
}

function requestOf({ body, headers, url }, { Headers }) {
  let parsed;
  return {
    headers: new Headers(headers),
    url: new URL(url),
    text: () => body,
    json: () => {
      parsed ??= { value: JSON.parse(body) };
      return parsed.value;
    },
  };
}

/** Loaded where the code names them. */
const PACKAGES = {
  _: () => require("lodash"),
  moment: () => require("moment-timezone"),
  AWS: () => require("aws-sdk"),
  FormData: () => require("form-data"),
  OAuth: () => require("oauth"),
  jsonwebtoken: () => require("jsonwebtoken"),
  fetchretrylib: () => ({ fetchretry: require("fetch-retry") }),
  libphonenumberjslib: () => ({ libphonenumberjs: require("libphonenumber-js") }),
  hubspotlib: () => ({ hubspot: require("@hubspot/api-client") }),
  jsforce: () => require("jsforce"),
  mailchimplib: () => ({ mailchimp: require("@mailchimp/mailchimp_marketing") }),
  nodemailjet: () => ({ nodemailjet: require("node-mailjet") }),
  sendgrid: () => ({ client: require("@sendgrid/client"), mail: require("@sendgrid/mail") }),
  skyflowlib: () => ({ skyflow: require("skyflow-node") }),
  stripe: () => require("stripe"),
  twilio: () => require("twilio"),
  winstonlib: () => ({ winston: require("winston") }),
  uuidv5: () => ({ uuidv5: require("uuidv5") }),
  xml: () => require("xml"),
  xml2js: () => require("xml2js"),
};

function tableOfGlobals() {
  const fetch = require("node-fetch");
  const { Headers, Request, Response } = fetch;
  const { ValidationError } = errorClass("ValidationError");
  const table = {
    ...errorClass("EventNotSupported"),
    ...errorClass("InvalidEventPayload"),
    ValidationError,
    Segment: makeSegment(ValidationError),
    ...errorClass("RetryError"),
    ...errorClass("DropEvent"),
    ...{ fetch, Headers, Request, Response, Buffer, URL, URLSearchParams, crypto, https },
    zlib: { zlib },
    ...{ setTimeout, clearTimeout, setInterval, clearInterval, AbortController, AbortSignal },
    atob: require("atob"),
    btoa: require("btoa"),
    cache: makeCache(),
    console: capturingConsole(),
  };
  return table;
}

// The loader

function packagesIn(code) {
  const named = Object.keys(PACKAGES).filter((name) => new RegExp(`(?<![\\w.])${name}\\b`).test(code));
  return Object.fromEntries(named.map((name) => [name, PACKAGES[name]()]));
}

function contextOf(table, code) {
  const globals = { ...table, ...packagesIn(code) };
  const window = { ...globals };
  const context = vm.createContext(globals);
  context.window = window;
  return { context, window };
}

function load({ code, kind }, table) {
  const { context, window } = contextOf(table, code);
  const names = HANDLERS_OF[kind];
  const keep = `__keep({${names}});`;
  const source = `(function(__keep,${names}){${keep}${code.replace(/^\ufeff/, "")}\n;${keep}})`;
  const handlers = {};
  const notSupported = (event) => {
    throw new table.EventNotSupported(`${kind === "source" ? "request" : event.type} not supported`);
  };
  const wrapped = new vm.Script(source, { filename: "handler.js" }).runInContext(context);
  wrapped.call(
    window,
    (found) => Object.assign(handlers, found),
    ...names.map(() => notSupported),
  );
  return handlers;
}

function lineOf(stack) {
  const place = /handler\.js:(\d+)/.exec(stack);
  return place ? Number(place[1]) : null;
}

function refused(thrown) {
  const { name, message, stack } = described(thrown);
  return { ending: "refused", message: `${name}: ${message}`, line: lineOf(stack) };
}

function threw(thrown) {
  const { stack, ...error } = described(thrown);
  return { ending: "threw", error, line: lineOf(stack) };
}

function invoked(handlers, { call, value, settings }, table) {
  if (call === "batch") return handlers.onBatch(value, settings);
  if (call === "request") return handlers.onRequest(requestOf(value, table), settings);
  return handlers[HANDLERS[value.type]]?.(value, settings);
}

function emitted() {
  const { events, objects } = current;
  return events.length + objects.length > 0 ? JSON.parse(JSON.stringify({ events, objects })) : null;
}

async function handled(handlers, one, table) {
  try {
    const value = await invoked(handlers, one, table);
    const json = JSON.stringify(value);
    return { ending: "returned", returned: json === undefined ? null : JSON.parse(json), emitted: emitted() };
  } catch (thrown) {
    return threw(thrown);
  }
}

async function run(one) {
  const failed = new Promise((fail) => {
    current = { logs: [], requests: [], events: [], objects: [], fail: (thrown) => fail(threw(thrown)) };
  });
  const late = new Promise((expired) => {
    setTimeout(() => expired({ ending: "timed out" }), CASE_MS).unref();
  });
  const table = tableOfGlobals();
  globalThis.console = table.console; // which packages write to
  let handlers;
  try {
    handlers = load(one, table);
  } catch (thrown) {
    return refused(thrown);
  }
  const result = await Promise.race([handled(handlers, one, table), failed, late]);
  return { emitted: null, ...result, logs: current.logs, requests: current.requests };
}

async function readJob() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

process.on("uncaughtException", (thrown) => current.fail(thrown));
process.on("unhandledRejection", (thrown) => current.fail(thrown));
const { answers, cases } = await readJob();
const port = await startServer(answers);
redirectToServer(https, "https:", port, answers);
redirectToServer(http, "http:", port, answers);
const results = {};
for (const one of cases) results[one.name] = await run(one);
process.stdout.write(JSON.stringify(results), () => process.exit(0));
