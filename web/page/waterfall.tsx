// The time of every step of an event on its way, as a waterfall: the request, and each destination's waits, attempts
// and requests.

import type { JSX } from "preact";
import type { Attempt, Delivery, Exchange, Message } from "./api.ts";
import { counted, ms, State, span, time } from "./parts.tsx";

/** How far along something is: milliseconds that are drawn to scale, and even steps, one for each longer wait. */
interface Place {
  ms: number;
  steps: number;
}

interface Row {
  label: string;
  kind: "point" | "wait" | "try" | "request";
  from: Place;
  to: Place;
  words: string;
  state?: string;
}

/** Waits up to this are drawn to scale, in ms. */
const SHORT_MS = 1_000;
/** How much of the width the even steps have. */
const WAIT_SHARE = 0.5;
const BEGIN: Place = { ms: 0, steps: 0 };

/**
 * The steps with the time that each took. All destinations have one scale; a wait, which may be a thousand times as
 * long as the rest, is an even step with its length in words.
 */
export function Waterfall({ message }: { message: Message }): JSX.Element | null {
  const first = message.deliveries[0];
  if (!first) return null;
  const request = ofRequest(message.received_at, first.created_at);
  const journaled = request.at(-1)?.to ?? BEGIN;
  const lanes = [
    { name: "Request", words: `Request to source ${message.source}`, rows: request },
    ...message.deliveries.map((each) => ({
      name: each.destination,
      words: `${each.destination}: ${counted(each.attempts.length, "attempt")} over ${span(lasted(each))}`,
      rows: ofDelivery(each, journaled),
    })),
  ];
  const ends = lanes.flatMap((lane) => lane.rows.map((row) => row.to));
  const steps = Math.max(...ends.map((end) => end.steps));
  const perMs = (steps > 0 ? 1 - WAIT_SHARE : 1) / Math.max(1, ...ends.map((end) => end.ms));
  const place = (at: Place) => at.ms * perMs + (steps > 0 ? (at.steps / steps) * WAIT_SHARE : 0);
  return (
    <section aria-labelledby={`times-${message.seq}`}>
      <h3 id={`times-${message.seq}`}>Time of every step</h3>
      {lanes.map((lane, index) => (
        <div key={`${index} ${lane.name}`}>
          <h4>{lane.name}</h4>
          <ol class="waterfall" aria-label={lane.words}>
            {lane.rows.map((row, number) => (
              <li key={number} class={row.kind}>
                <span>{row.label}</span>
                <span class={`track ${tone(row)}`}>
                  <i
                    style={{
                      left: percent(place(row.from)),
                      width: percent(place(row.to) - place(row.from)),
                    }}
                  />
                </span>
                <span>
                  {row.state && <State of={row.state} />} {row.words}
                </span>
              </li>
            ))}
          </ol>
        </div>
      ))}
    </section>
  );
}

/** The request's arrival and its way into the journal; where the sandbox's clock is another than the request's, when. */
function ofRequest(received: string, written: string): Row[] {
  const lag = Date.parse(written) - Date.parse(received);
  const comparable = lag >= 0 && lag <= SHORT_MS;
  const to = comparable ? { ms: lag, steps: 0 } : BEGIN;
  const words = comparable ? `after ${ms(lag)}` : `${time(written)} by the sandbox's clock`;
  return [
    { label: "Arrived", kind: "point", from: BEGIN, to: BEGIN, words: time(received) },
    { label: "Written to the journal", kind: "point", from: BEGIN, to, words },
  ];
}

function ofDelivery(delivery: Delivery, begin: Place): Row[] {
  let at = begin;
  let since = Date.parse(delivery.created_at);
  const rows: Row[] = [];
  for (const attempt of delivery.attempts) {
    const waited = Math.max(0, Date.parse(attempt.started_at) - since);
    const ready = waited <= SHORT_MS ? { ...at, ms: at.ms + waited } : { ...at, steps: at.steps + 1 };
    const label = rows.length === 0 ? "Wait" : "Wait for the retry";
    rows.push(
      { label, kind: "wait", from: at, to: ready, words: span(waited) },
      ...ofAttempt(attempt, ready),
    );
    at = { ...ready, ms: ready.ms + (attempt.duration_ms ?? 0) };
    since = ended(attempt);
  }
  if (delivery.next_attempt_at) {
    const to = { ...at, steps: at.steps + 1 };
    rows.push({
      label: "Wait",
      kind: "wait",
      from: at,
      to,
      words: `until ${time(delivery.next_attempt_at)}`,
    });
  }
  return rows;
}

/** An attempt, and within it what was asked of others; of an insert function's run no time of its own is kept. */
function ofAttempt(attempt: Attempt, from: Place): Row[] {
  const took = attempt.duration_ms;
  const to = { ...from, ms: from.ms + (took ?? 0) };
  const requests = (exchanges: Exchange[]) =>
    exchanges.map((exchange) => ofExchange(exchange, attempt, from));
  const { insert } = attempt;
  const inserted: Row[] = insert
    ? [
        {
          label: `Insert function ${insert.function ?? ""}`,
          kind: "point",
          from,
          to: from,
          words: "at the attempt's beginning",
        },
        ...requests(insert.exchanges),
      ]
    : [];
  return [
    {
      label: `Attempt ${attempt.number}`,
      kind: "try",
      from,
      to,
      words: ms(took),
      state: attempt.outcome,
    },
    ...inserted,
    ...requests(attempt.exchanges ?? []),
  ];
}

/** A request within its attempt; both are timed by the machine's clock, whatever the sandbox's says. */
function ofExchange(exchange: Exchange, attempt: Attempt, from: Place): Row {
  const room = attempt.duration_ms ?? 0;
  const late = Math.min(room, Math.max(0, Date.parse(exchange.started_at) - Date.parse(attempt.real_at)));
  const took = Math.min(room - late, exchange.duration_ms);
  const { method, url } = exchange.request;
  const start = from.ms + late;
  return {
    label: `${method} ${URL.canParse(url) ? new URL(url).pathname : url}`,
    kind: "request",
    from: { ...from, ms: start },
    to: { ...from, ms: start + took },
    words: `${exchange.response?.status ?? exchange.error?.code ?? "no response"} ${ms(exchange.duration_ms)}`,
  };
}

function tone(row: Row): string {
  if (row.kind !== "try") return "";
  return row.state === "delivered" ? "good" : "bad";
}

function ended(attempt: Attempt): number {
  return Date.parse(attempt.finished_at ?? attempt.started_at);
}

/** From the journal to the end of the last attempt, in ms by the sandbox's clock. */
function lasted(delivery: Delivery): number {
  const last = delivery.attempts.at(-1);
  return last ? Math.max(0, ended(last) - Date.parse(delivery.created_at)) : 0;
}

function percent(part: number): string {
  return `${part * 100}%`;
}
