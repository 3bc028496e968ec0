// What happens in the sandbox, as it happens: rows for the list, and what runs.

import { signal } from "@preact/signals";
import { ask, type Change, type Health, type Workspace } from "./api.ts";

/** A message or a refused request, with the states of its deliveries. */
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
  deliveries: Map<number, { destination: string; state: string; reason: string }>;
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
/** The newest change of each message, by its number: who shows one reads it again. */
export const touched = signal<ReadonlySet<number>>(new Set());
/** How many messages came in each of the last seconds, oldest first. */
export const rate = signal<number[]>(new Array(PER_SECOND).fill(0));

const bySeq = new Map<number, Row>();
let waiting: Change[] = [];
let healthAsked = false;
/** How many rows came in each second, by this page's clock: a replay carries the sandbox's, which may be advanced. */
const perSecond = new Map<number, number>();
/** The newest number when the page was opened. */
let openedAt = 0;

/** Read what runs, and follow what happens from now on. */
export async function follow(): Promise<void> {
  await Promise.all([readWorkspace(), readHealth()]);
  openedAt = health.value?.seq ?? 0;
  const after = Math.max(0, openedAt - EARLIER);
  const stream = new EventSource(`/_sandbox/stream?gather=1&after=${after}`);
  stream.addEventListener("open", () => {
    connection.value = "live";
  });
  stream.addEventListener("error", () => {
    connection.value = "lost";
  });
  stream.addEventListener("changes", (event) => take(JSON.parse(event.data)));
  setInterval(countRate, 1_000);
}

export async function readWorkspace(): Promise<void> {
  workspace.value = await ask<Workspace>("/workspace");
}

export async function readHealth(): Promise<void> {
  health.value = await ask<Health>("/health");
}

function take(changes: Change[]): void {
  if (waiting.length === 0) requestAnimationFrame(apply);
  waiting.push(...changes);
}

/** Put all that came since the last frame into the rows, and render once. */
function apply(): void {
  const changes = waiting;
  waiting = [];
  for (const change of changes) applyOne(change);
  while (rows.length > KEPT) forget(rows.splice(0, rows.length - KEPT));
  touched.value = new Set(changes.flatMap((change) => change.message ?? []));
  frame.value += 1;
  if (changes.some((change) => change.kind === "reload")) void readWorkspace();
  askHealth();
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
    void readHealth().catch(() => undefined); // the stream's state says that the sandbox is gone
  }, HEALTH_EVERY_MS);
}

function applyOne(change: Change): void {
  if (change.kind === "message" && change.message != null) {
    add(change.message, change);
  } else if (change.kind === "refused") {
    add(change.seq, { ...change, type: change.method, event: change.path, state: "refused" });
  } else if (change.kind === "delivery" && change.delivery !== undefined) {
    const row = bySeq.get(change.message ?? 0);
    row?.deliveries.set(change.delivery, {
      destination: change.destination ?? "",
      state: change.state ?? "",
      reason: change.reason ?? "",
    });
    if (row) row.state = worst(row);
  }
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
    deliveries: new Map(),
  };
  bySeq.set(seq, row);
  rows.push(row);
  const came = change.seq > openedAt ? Date.now() : Date.parse(change.at);
  const second = Math.floor(came / 1_000);
  perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
}

const WORST = ["discarded", "stopped", "awaiting_retry", "pending", "delivered", "filtered"];

/** The state of a message that was taken in is that of the delivery that went worst. */
function worst(row: Row): string {
  const states = [...row.deliveries.values()].map((each) => each.state);
  return WORST.find((state) => states.includes(state)) ?? row.state;
}

function countRate(): void {
  const newest = Math.floor(Date.now() / 1_000);
  const counts = rate.value.map((_, index) => perSecond.get(newest - PER_SECOND + 1 + index) ?? 0);
  for (const second of perSecond.keys()) if (second <= newest - PER_SECOND) perSecond.delete(second);
  if (counts.some((count, index) => count !== rate.value[index])) rate.value = counts;
}
