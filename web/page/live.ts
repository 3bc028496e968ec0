// What happens in the sandbox, as it happens: rows for the list, and what runs.

import { batch, type Signal, signal } from "@preact/signals";
import { ask, type Change, type Health, unasked, type Workspace } from "./api.ts";
import type { Search } from "./search.ts";
import { inSlices } from "./slices.ts";

/** A message with the states of its deliveries, a refused request, or the run of a source function. */
export interface Row {
  seq: number;
  kind: string;
  at: string;
  type: string;
  name: string;
  user: string;
  source: string;
  state: string;
  reason: string;
  deliveries: { seq: number; destination: string; state: string; reason: string }[];
  /** The search that the row was last held against as it is, and whether it fits. */
  search: Search | null;
  fits: boolean;
}

const KEPT = 20_000;
const EARLIER = 5_000;
const HEALTH_EVERY_MS = 400;
const PER_SECOND = 60;

export const rows: Row[] = [];
/** Counts the frames in which rows have changed. */
export const frame = signal(0);
export const connection = signal<"connecting" | "live" | "lost">("connecting");
export const health = signal<Health | null>(null);
export const workspace = signal<Workspace | null>(null);
/** How many changes have come that the rows do not show yet. */
export const backlog = signal(0);
/** How many messages came in each of the last seconds, oldest first. */
export const rate = signal<number[]>(new Array(PER_SECOND).fill(0));

/** Who hears of each change. */
const hearers = new Set<(change: Change) => void>();
/** How long deliveries are gathered for who follows them, in ms. */
const GATHER_MS = 100;
const bySeq = new Map<number, Row>();
/** How often each message that was looked at has changed since: who shows one reads it again. */
const watched = new Map<number, Signal<number>>();
/** The numbers of the newest change that has come, and of the newest in the rows; none is left out between them. */
let come = 0;
let applied = 0;
let frameAsked = false;
let healthAsked = false;
/** How many rows came in each second, by this page's clock: a replay carries the sandbox's, which may be advanced. */
const perSecond = new Map<number, number>();
/** The newest number when the page was opened. */
let openedAt = 0;

/** Read what runs, and follow what happens from now on. */
export async function follow(): Promise<void> {
  unasked(readWorkspace());
  await readHealth();
  openedAt = health.value?.seq ?? 0;
  const after = Math.max(0, openedAt - EARLIER);
  come = after;
  applied = after;
  const stream = new EventSource(`/_sandbox/stream?gather=1&after=${after}`);
  stream.addEventListener("open", () => {
    connection.value = "live";
  });
  stream.addEventListener("error", () => {
    connection.value = "lost";
  });
  const work = inSlices(drawSoon);
  stream.addEventListener("changes", (event) => {
    come = Number(event.lastEventId);
    work(apply(event.data));
  });
  setInterval(countRate, 1_000);
}

export async function readWorkspace(): Promise<void> {
  workspace.value = await ask<Workspace>("/workspace");
}

export async function readHealth(): Promise<void> {
  health.value = await ask<Health>("/health");
}

/** A signal that goes up with each change of a message. */
export function changesOf(seq: number): Signal<number> {
  const changes = watched.get(seq) ?? signal(0);
  watched.set(seq, changes);
  return changes;
}

/** Tell of each change from now on, not of those from before the page was opened; what is returned ends that. */
export function hear(hearer: (change: Change) => void): () => void {
  hearers.add(hearer);
  return () => hearers.delete(hearer);
}

/** Tell which deliveries to these destinations have changed, some at a time; what is returned ends that. */
export function hearDeliveries(destinations: string[], tell: (seqs: number[]) => void): () => void {
  const changed = new Set<number>();
  let timer: number | undefined;
  const end = hear(({ delivery, destination }) => {
    if (delivery === undefined || !destinations.includes(destination ?? "")) return;
    changed.add(delivery);
    timer ??= setTimeout(() => {
      timer = undefined;
      tell([...changed]);
      changed.clear();
    }, GATHER_MS);
  });
  return () => {
    end();
    clearTimeout(timer);
  };
}

/** Put what came into the rows, one change at each step. */
function* apply(text: string): Generator<void> {
  for (const change of JSON.parse(text) as Change[]) {
    applyOne(change);
    applied = change.seq;
    yield;
  }
}

/** Render once in a frame, however much has come for it. */
function drawSoon(): void {
  while (rows.length > KEPT) forget(rows.splice(0, rows.length - KEPT));
  askHealth();
  if (frameAsked) return;
  frameAsked = true;
  requestAnimationFrame(() => {
    frameAsked = false;
    batch(() => {
      backlog.value = come - applied;
      frame.value += 1;
    });
  });
}

function forget(old: Row[]): void {
  for (const row of old) bySeq.delete(row.seq);
}

function askHealth(): void {
  if (healthAsked) return;
  healthAsked = true;
  setTimeout(() => {
    healthAsked = false;
    countRate();
    unasked(readHealth());
  }, HEALTH_EVERY_MS);
}

function applyOne(change: Change): void {
  if (change.kind === "message" && change.message != null) {
    add(change.message, change);
  } else if (change.kind === "refused") {
    add(change.seq, { ...change, type: change.method, event: change.path, state: "refused" });
  } else if (change.kind === "invocation") {
    add(change.seq, { ...change, type: "function", event: change.function, state: stateOfRun(change) });
  } else if (change.kind === "delivery" && change.delivery !== undefined) {
    const row = bySeq.get(change.message ?? 0);
    if (row) deliver(row, change.delivery, change);
  } else if (change.kind === "reload") {
    unasked(readWorkspace());
  }
  const changes = watched.get(change.message ?? 0);
  if (changes) changes.value += 1;
  if (change.seq > openedAt) for (const hearer of hearers) hearer(change);
}

function deliver(row: Row, seq: number, change: Change): void {
  const delivery = {
    seq,
    destination: change.destination ?? "",
    state: change.state ?? "",
    reason: change.reason ?? "",
  };
  const index = row.deliveries.findIndex((each) => each.seq === seq);
  row.deliveries[index === -1 ? row.deliveries.length : index] = delivery;
  row.state = worst(row);
  row.search = null;
}

function add(seq: number, change: Change): void {
  if (bySeq.has(seq)) return;
  const row: Row = {
    seq,
    kind: change.kind,
    at: change.at,
    type: change.type ?? "",
    name: change.event ?? "",
    user: change.user_id ?? "",
    source: change.source ?? "",
    state: change.state ?? "",
    reason: change.reason ?? "",
    deliveries: [],
    search: null,
    fits: false,
  };
  bySeq.set(seq, row);
  rows.push(row);
  const came = change.seq > openedAt ? Date.now() : Date.parse(change.at);
  const second = Math.floor(came / 1_000);
  perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
}

const WORST = ["discarded", "stopped", "awaiting_retry", "pending", "delivered", "filtered"];

/** The state of a source function's run in the list: one that is tried again is not the end of its call. */
export function stateOfRun(run: { state?: string | null; next_attempt_at?: string | null }): string {
  if (run.state === "succeeded") return "delivered";
  return run.next_attempt_at ? "awaiting_retry" : "failed";
}

/** The state of a message that was taken in is that of the delivery that went worst. */
function worst(row: Row): string {
  const found = WORST.find((state) => row.deliveries.some((each) => each.state === state));
  return found ?? row.state;
}

function countRate(): void {
  const newest = Math.floor(Date.now() / 1_000);
  const counts = rate.value.map((_, index) => perSecond.get(newest - PER_SECOND + 1 + index) ?? 0);
  for (const second of perSecond.keys()) if (second <= newest - PER_SECOND) perSecond.delete(second);
  if (counts.some((count, index) => count !== rate.value[index])) rate.value = counts;
}
