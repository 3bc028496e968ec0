/** The test kit for Vitest, Jest and whatever else awaits: a running sandbox in the words of a test. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A message as it was received and stamped. */
export interface Message {
  seq: number;
  source: string | null;
  type: string | null;
  event: string | null;
  user_id: string | null;
  received_at: string;
  state: "accepted" | "failed_on_ingest" | "filtered_at_source" | "duplicate";
  reason: string | null;
  replay_of: number | null;
  message: { [name: string]: Json };
}

/** A request of an attempt, and what it was answered. */
export interface Exchange {
  request: { method: string; url: string; headers: [string, string][]; body?: string };
  response?: { status: number; reason: string; headers: [string, string][]; body?: string };
  error?: { code: string; message: string };
}

/** One try of a delivery. */
export interface Attempt {
  seq: number;
  number: number;
  outcome: string;
  code: string | null;
  exchanges?: Exchange[];
  logs?: { at: string; level: string; text: string }[];
  returned?: string | null;
  error?: { [name: string]: Json } | null;
}

export type DeliveryState = "pending" | "awaiting_retry" | "delivered" | "discarded" | "filtered" | "stopped";

/** A message on its way to one destination; `attempts` is their number in lists. */
export interface Delivery<A = Attempt[]> {
  seq: number;
  message_seq: number;
  destination: string;
  state: DeliveryState;
  reason: string | null;
  delivery_code: string | null;
  detail: string | null;
  attempts: A;
  next_attempt_at: string | null;
  created_at: string;
}

/** What can be waited for. */
export interface Arrivals {
  message: Message;
  delivery: Delivery & { message: { [name: string]: Json } };
}

export type Kind = keyof Arrivals;

/** What has to fit: parameters of `/_sandbox/wait`, and values by paths such as `"properties.revenue"`. `timeout` is in milliseconds. */
export interface Conditions<K extends Kind = Kind> {
  kind?: K;
  where?: { [path: string]: string | number | boolean | null };
  after?: number;
  timeout?: number;
  source?: string;
  type?: string;
  event?: string;
  user?: string;
  message?: number;
  delivery?: number;
  destination?: string;
  state?: string | readonly string[];
  reason?: string;
  [path: `${string}.${string}`]: string | number | boolean | null;
}

/** One place where what came is not what was asked for. */
export interface Difference {
  path: string;
  asked: Json;
  came: Json;
}

/** The sandbox answers with an error: what happened, and what to do. */
export class SandboxError extends Error {
  override readonly name: string = "SandboxError";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(hint ? `${message}\n${hint}` : message);
  }
}

/** What was waited for did not come: what did, the nearest miss, and where it differs. */
export class WaitedInVainError extends SandboxError {
  override readonly name = "WaitedInVainError";
  readonly matches: (Message | Delivery)[];
  readonly nearest: Message | Delivery | null;
  readonly diff: Difference[];

  constructor(answer: InVain) {
    super(IN_VAIN, answer.error.code, answer.error.message, answer.error.hint);
    this.matches = answer.matches;
    this.nearest = answer.nearest;
    this.diff = answer.diff;
  }
}

interface Refusal {
  error: { code: string; message: string; hint: string };
}

interface InVain extends Refusal {
  matches: (Message | Delivery)[];
  nearest: Message | Delivery | null;
  diff: Difference[];
}

type Values = { [name: string]: unknown };

const TIMEOUT_MS = 10_000;
const CALL_MAX_MS = 60_000;
const IN_VAIN = 408;
const PAGE = 1_000;

/** The sandbox's password, where `SEGMENT_SANDBOX_PASSWORD` has one. */
function authorization(): { Authorization?: string } {
  const password = process.env.SEGMENT_SANDBOX_PASSWORD;
  return password ? { Authorization: `Basic ${Buffer.from(`:${password}`).toString("base64")}` } : {};
}

/** Sends, waits and looks; every call is one over HTTP. */
export class Sandbox {
  readonly faults: Faults;
  readonly clock: Clock;

  constructor(readonly url: string) {
    this.faults = new Faults(this);
    this.clock = new Clock(this);
  }

  /** The sandbox that `segment-sandbox exec` has started, or that `SEGMENT_SANDBOX_URL` names, or that of the usual port. */
  static here(): Sandbox {
    return new Sandbox((process.env.SEGMENT_SANDBOX_URL ?? "http://127.0.0.1:8484").replace(/\/$/, ""));
  }

  /** Make any call below `/_sandbox`. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const options = { method, headers: authorization(), ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await fetch(`${this.url}/_sandbox${path}`, options);
    const answer: unknown = await response.json();
    if (response.ok) return answer as T;
    if (response.status === IN_VAIN) throw new WaitedInVainError(answer as InVain);
    const { code, message, hint } = (answer as Refusal).error;
    throw new SandboxError(response.status, code, message, hint);
  }

  /** The write key of each source, by its slug. */
  async writeKeys(): Promise<{ [slug: string]: string }> {
    const { sources } = await this.call<{ sources: { slug: string; write_key: string }[] }>("GET", "/workspace");
    return Object.fromEntries(sources.map((source) => [source.slug, source.write_key]));
  }

  /** The newest sequence number: what `after` takes to leave out all that has happened. */
  async seq(): Promise<number> {
    return (await this.call<{ seq: number }>("GET", "/health")).seq;
  }

  /** Send one event through a source as an SDK would; the message's number. */
  async send(event: { type: string; [name: string]: unknown }, source?: string): Promise<number> {
    return (await this.call<{ seq: number }>("POST", "/send", source === undefined ? { event } : { event, source })).seq;
  }

  /** The first message or delivery that fits, once it is there. */
  async waitFor<K extends Kind = "message">(conditions: Conditions<K> = {}): Promise<Arrivals[K]> {
    const [first] = await this.waitForAll(1, conditions);
    return first as Arrivals[K];
  }

  /** The first so many that fit, once they are there. */
  async waitForAll<K extends Kind = "message">(count: number, conditions: Conditions<K> = {}): Promise<Arrivals[K][]> {
    const { timeout = TIMEOUT_MS, where = {}, ...others } = conditions;
    const paths = Object.fromEntries(Object.entries(where).map(([path, value]) => [`where.${path}`, value]));
    const deadline = Date.now() + timeout;
    for (;;) {
      const left = Math.max(0, deadline - Date.now());
      const query = queryOf({ ...paths, ...others, count, timeout: `${Math.min(left, CALL_MAX_MS)}ms` });
      try {
        return (await this.call<{ matches: Arrivals[K][] }>("GET", `/wait?${query}`)).matches;
      } catch (error) {
        if (left <= CALL_MAX_MS || !(error instanceof WaitedInVainError)) throw error;
      }
    }
  }

  /** All messages, oldest first, or those that fit. */
  messages(filters: { after?: number; type?: string; event?: string; source?: string; user?: string } = {}): Promise<Message[]> {
    return this.all<Message>("messages", filters);
  }

  /** All deliveries, oldest first, or those that fit. */
  deliveries(filters: { after?: number; destination?: string; state?: DeliveryState } = {}): Promise<Delivery<number>[]> {
    return this.all<Delivery<number>>("deliveries", filters);
  }

  /** One message with its deliveries, their attempts, exchanges and logs. */
  message(seq: number): Promise<Message & { deliveries: Delivery[] }> {
    return this.call("GET", `/messages/${seq}`);
  }

  private async all<T extends { seq: number }>(name: string, filters: Values): Promise<T[]> {
    const items: T[] = [];
    for (;;) {
      const after = items.at(-1)?.seq ?? filters.after ?? 0;
      const page = await this.call<{ [list: string]: T[] }>("GET", `/${name}?${queryOf({ ...filters, after, limit: PAGE })}`);
      const found = page[name] ?? [];
      if (found.length === 0) return items;
      items.push(...found);
    }
  }
}

/** Recipes that have requests fail on purpose: the keys are those of `[[faults]]` in the workspace file. */
export class Faults {
  constructor(private readonly sandbox: Sandbox) {}

  /** Put a recipe into effect; its number. */
  async add(recipe: Values): Promise<number> {
    return (await this.sandbox.call<{ number: number }>("POST", "/faults", recipe)).number;
  }

  /** The recipes in effect, and how often each has struck. */
  async all(): Promise<{ number: number; seen: number; struck: number; recipe: Values }[]> {
    return (await this.sandbox.call<{ faults: { number: number; seen: number; struck: number; recipe: Values }[] }>("GET", "/faults")).faults;
  }

  /** Take one recipe out, or all of them. */
  async clear(number?: number): Promise<void> {
    await this.sandbox.call("DELETE", number === undefined ? "/faults" : `/faults/${number}`);
  }
}

/** The clock that retries wait for. */
export class Clock {
  constructor(private readonly sandbox: Sandbox) {}

  /** The time that it shows. */
  async now(): Promise<Date> {
    return new Date((await this.sandbox.call<{ now: string }>("GET", "/clock")).now);
  }

  /** Skip a time such as `4h`; done when all that fell due was tried. */
  advance(duration: string): Promise<void> {
    return this.change({ advance: duration });
  }

  /** Let it go on as `real`, `fast:1000` or `manual`. */
  go(mode: string): Promise<void> {
    return this.change({ mode });
  }

  private async change(order: Values): Promise<void> {
    const { settled } = await this.sandbox.call<{ settled: boolean }>("POST", "/clock", order);
    if (!settled) throw new Error("Not all that fell due was over within a minute.");
  }
}

function queryOf(values: Values): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}
