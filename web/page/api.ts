// What the sandbox's own API answers, as far as the page reads it, and how it is asked.

export interface Source {
  slug: string;
  name: string;
  write_key: string;
  enabled: boolean;
}

export interface Destination {
  slug: string;
  name: string;
  kind: string;
  source: string;
  enabled: boolean;
  state: string;
  target: string;
  insert_function: string | null;
}

export interface Workspace {
  slug: string;
  name: string;
  file: string | null;
  sources: Source[];
  destinations: Destination[];
  components: { name: string; target: string }[];
  functions: OwnFunction[];
}

/** A function of the workspace's own. */
export interface OwnFunction {
  slug: string;
  name: string;
  kind: string;
  state: string;
  code: string;
  url: string | null;
}

/** A function's code as it stands in its file. */
export interface Code {
  path: string;
  version: string;
  text: string;
  state: string;
  error: string | null;
  error_line: number | null;
  findings: Finding[];
}

export interface Finding {
  line: number;
  column: number;
  severity: "error" | "warning";
  rule: string;
  message: string;
}

export interface Health {
  url: string;
  tls: { url: string; authority: string } | null;
  mistakes: string[];
  pending: number;
  under_way: number;
  full: boolean;
  seq: number;
  messages: Record<string, number>;
  deliveries: Record<string, number>;
}

export interface Change {
  seq: number;
  kind: string;
  at: string;
  message?: number | null;
  delivery?: number;
  type?: string | null;
  event?: string | null;
  user_id?: string | null;
  source?: string | null;
  destination?: string | null;
  state?: string | null;
  reason?: string | null;
  detail?: string | null;
  method?: string;
  path?: string;
  status?: number;
  what?: string;
  /** Of a source function's run: which, the number of its attempt, and when the next one comes. */
  function?: string;
  attempt?: number;
  next_attempt_at?: string | null;
  error?: string | null;
  took_ms?: number;
}

export type Pairs = [string, string][];

export interface Exchange {
  request: { method: string; url: string; headers: Pairs; body?: string };
  started_at: string;
  duration_ms: number;
  response?: { status: number; reason: string; headers: Pairs; body?: string };
  error?: { code: string; message: string };
  fault?: number | null;
}

export interface Run {
  logs: { at: string; level: string; text: string }[];
  exchanges: Exchange[];
  returned: string | null;
  error: { name: string; message: string; stack?: string } | null;
  warnings: string[];
}

export interface Attempt extends Run {
  seq: number;
  number: number;
  outcome: string;
  code: string | null;
  started_at: string;
  finished_at: string | null;
  /** When it began by the machine's clock, not the sandbox's. */
  real_at: string;
  duration_ms: number | null;
  next_attempt_at: string | null;
  insert: (Run & { function?: string }) | null;
}

interface DeliveryHead {
  seq: number;
  message_seq: number;
  destination: string;
  state: string;
  reason: string | null;
  detail: string | null;
  happened?: string;
  remedy?: string;
  next_attempt_at: string | null;
  created_at: string;
}

export interface ListedDelivery extends DeliveryHead {
  attempts: number;
}

export interface Delivery extends DeliveryHead {
  attempts: Attempt[];
  advice: { id: string; cause: string; cure: string; page: string }[];
}

export interface Message {
  seq: number;
  source: string;
  type: string | null;
  event: string | null;
  user_id: string | null;
  received_at: string;
  state: string;
  reason: string | null;
  happened?: string;
  remedy?: string;
  replay_of: number | null;
  message: Record<string, unknown>;
  /** What was called; null where nothing was. */
  path: string | null;
  /** The call before it was stamped; null for a replay, and for what could not be stamped. */
  received: Record<string, unknown> | null;
  deliveries: Delivery[];
}

export interface Tested extends Run {
  title?: string;
  type: string;
  colour: string;
  code: string;
  reason: string;
  message: string;
  /** The line of the code, or the exchange, that it comes from, and what stands there. */
  cause: { place: string; text: string } | null;
  review: string;
  took_ms: number;
  sent: unknown;
}

export interface Suite {
  component: string;
  passed: boolean;
  banner: string;
  counts: Record<string, number>;
  took_ms: number;
  results: Tested[];
}

export interface Clock {
  now: string;
  real: string;
  mode: string;
}

export interface Fault {
  number: number;
  origin: string;
  seen: number;
  struck: number;
  recipe: Record<string, unknown>;
}

export interface Sdk {
  name: string;
  title: string;
  snippets: { title: string; language: string; code: string }[];
}

/** A refusal of the API's: a sentence and what to do, its code, and all that was answered. */
export class Refused extends Error {
  code: string;
  answer: Record<string, unknown>;

  constructor(answer: { error?: { code: string; message: string; hint: string } }) {
    super([answer.error?.message, answer.error?.hint].filter(Boolean).join(" "));
    this.code = answer.error?.code ?? "";
    this.answer = answer;
  }
}

/** The sandbox does not answer: it has been stopped. */
class UnreachableError extends Error {
  constructor() {
    super("The sandbox does not answer. Start it again with segment-sandbox up.");
  }
}

/** Ask the API; the answer is its JSON. */
export async function ask<T>(path: string, method = "GET", body?: unknown): Promise<T> {
  const [answer, read] = await answered(path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
  });
  if (!answer.ok) throw new Refused(read as ConstructorParameters<typeof Refused>[0]);
  return read as T;
}

async function answered(path: string, request: RequestInit): Promise<[Response, unknown]> {
  try {
    const answer = await fetch(`/_sandbox${path}`, request);
    return [answer, await answer.json()];
  } catch {
    throw new UnreachableError();
  }
}

/** Have the page read something unasked: that the sandbox has gone is then told by the sign of the connection alone. */
export function unasked(work: Promise<unknown>): void {
  work.catch((error) => {
    if (!(error instanceof UnreachableError)) throw error;
  });
}
