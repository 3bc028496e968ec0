// What came in the last half hour, minute by minute, and how far it got; a click on a minute shows its events.

import { batch, type ReadonlySignal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { ask, unasked } from "./api.ts";
import { health } from "./live.ts";
import { Command, counted, Link, ms, State } from "./parts.tsx";

interface Step {
  step: string;
  total: number;
  series: { time: string; count: number }[];
}

interface Answer {
  from: string;
  to: string;
  steps: Step[];
  attempts: { number: number; count: number }[];
  p95_ms: number | null;
}

/** What is drawn of each minute: steps that went well, that wait, and that failed. */
interface Parts {
  good: string[];
  waiting: string[];
  bad: string[];
}

const OF_EVENTS: Parts = { good: ["successfully_received"], waiting: [], bad: ["failed_on_ingest"] };
const OF_DELIVERIES: Parts = {
  good: ["successful_delivery"],
  waiting: ["pending", "pending_retry"],
  bad: ["failed_delivery"],
};
const SIGNS: Record<string, string> = {
  successfully_received: "delivered",
  successful_delivery: "delivered",
  pending: "pending",
  pending_retry: "awaiting_retry",
  duplicate: "duplicate",
  filtered_at_source: "filtered",
  filtered_at_destination: "filtered",
};

const MINUTE_MS = 60_000;
const MINUTES = 30;
const BAR = 20;
const TALL = 60;
/** The least time between an answer and the next question, and how many times as long as the answer took. */
const REST_MS = 1_000;
const REST_TIMES = 5;

/** The last half hour of all events, or of the deliveries to a destination ("" for all of them). */
export function HalfHour({ destination }: { destination?: string }): JSX.Element | null {
  const wanted = useSignal(destination);
  wanted.value = destination;
  const path = useComputed(
    () =>
      `/overview?since=${MINUTES}m${wanted.value ? `&destination=${encodeURIComponent(wanted.value)}` : ""}`,
  );
  const seen = useCounted(path).value;
  if (!seen) return null;
  const ofDeliveries = destination !== undefined;
  const steps = seen.steps.filter((each) => each.total > 0);
  const retried = seen.attempts.filter((each) => each.number > 1).reduce((sum, each) => sum + each.count, 0);
  return (
    <section class="card" aria-labelledby="half-hour">
      <h2 id="half-hour">
        Last half hour{destination && ` to ${destination}`}
        {seen.p95_ms !== null && (
          <span
            class="count"
            title="From arrival to delivery, retries included, all but the slowest 5 % took no longer"
          >
            {" "}
            P95 {ms(seen.p95_ms)}
          </span>
        )}
      </h2>
      <Chart answer={seen} parts={ofDeliveries ? OF_DELIVERIES : OF_EVENTS} destination={destination} />
      <p class="steps">
        {steps.map((each) => (
          <span key={each.step}>
            <State of={SIGNS[each.step] ?? each.step} words={each.step.replaceAll("_", " ")} />{" "}
            <b>{each.total}</b>
          </span>
        ))}
        {retried > 0 && <span class="count">{counted(retried, "delivery")} on a retry</span>}
        {steps.length === 0 && (
          <span class="empty">Nothing came. Send an event, and it is counted here.</span>
        )}
      </p>
      <Command line={`curl '${location.origin}/_sandbox${path.value}'`} />
    </section>
  );
}

/**
 * Count again whenever something happened: once the answer before is there, and after a rest that is the longer
 * the longer it took. Another path is asked for without that rest.
 */
function useCounted(path: ReadonlySignal<string>): ReadonlySignal<Answer | null> {
  const answer = useSignal<Answer | null>(null);
  const asking = useSignal(false);
  const resting = useSignal(false);
  const last = useRef<{ path?: string; health?: unknown; rest?: number }>({});
  useSignalEffect(() => {
    const [asked, now] = [path.value, health.value];
    if (asking.value) return;
    if (asked === last.current.path && (resting.value || now === last.current.health)) return;
    clearTimeout(last.current.rest);
    last.current = { path: asked, health: now };
    asking.value = true;
    const began = performance.now();
    const rest = () => {
      const took = performance.now() - began;
      last.current.rest = setTimeout(() => (resting.value = false), Math.max(REST_MS, REST_TIMES * took));
      batch(() => {
        resting.value = true;
        asking.value = false;
      });
    };
    unasked(
      ask<Answer>(asked)
        .then((found) => {
          if (asked === path.peek()) answer.value = found;
        })
        .finally(rest),
    );
  });
  return answer;
}

function Chart(props: { answer: Answer; parts: Parts; destination?: string }): JSX.Element {
  const { answer, parts, destination } = props;
  const last = Math.floor(Date.parse(answer.to) / MINUTE_MS) * MINUTE_MS;
  const counts = new Map(answer.steps.map((each) => [each.step, bySeries(each)]));
  const sum = (names: string[], minute: string) =>
    names.reduce((total, name) => total + (counts.get(name)?.get(minute) ?? 0), 0);
  const bars = Array.from({ length: MINUTES }, (_, index) => {
    const minute = new Date(last - (MINUTES - 1 - index) * MINUTE_MS).toISOString();
    const [good, waiting, bad] = [parts.good, parts.waiting, parts.bad].map((names) => sum(names, minute));
    return { minute: minute.slice(11, 16), good: good ?? 0, waiting: waiting ?? 0, bad: bad ?? 0 };
  });
  const most = Math.max(1, ...bars.map((each) => each.good + each.waiting + each.bad));
  return (
    <svg class="half-hour" viewBox={`0 0 ${MINUTES * BAR} ${TALL + 14}`} aria-label="Events by minute">
      <title>By minute; a click shows what came then</title>
      <defs>
        <pattern
          id="hatched"
          width="5"
          height="5"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect class="bad" width="3" height="5" />
        </pattern>
      </defs>
      {bars.map((bar, index) => (
        <g key={bar.minute} transform={`translate(${index * BAR} 0)`}>
          <Minute bar={bar} most={most} destination={destination} />
          {index % 5 === 4 && (
            <text x={BAR / 2} y={TALL + 12} text-anchor="middle">
              {bar.minute}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}

function bySeries(step: Step): Map<string, number> {
  return new Map(step.series.map((each) => [each.time, each.count]));
}

function Minute(props: {
  bar: { minute: string; good: number; waiting: number; bad: number };
  most: number;
  destination?: string;
}): JSX.Element {
  const { bar, most, destination } = props;
  const total = bar.good + bar.waiting + bar.bad;
  if (total === 0) return <rect class="nothing" y={TALL - 1} width={BAR - 3} height={1} />;
  const tall = (count: number) => (count === 0 ? 0 : Math.max(2, (count / most) * TALL));
  const [good, waiting, bad] = [tall(bar.good), tall(bar.waiting), tall(bar.bad)];
  const noun = destination === undefined ? "event" : "delivery";
  const words = [
    `${bar.minute}: ${counted(total, noun)}`,
    bar.waiting && `${bar.waiting} under way`,
    bar.bad && `${bar.bad} failed`,
  ];
  const search = `at:${bar.minute}${destination ? ` destination:${destination}` : ""}`;
  return (
    <Link to={`/debugger?q=${encodeURIComponent(search)}`} label={words.filter(Boolean).join(", ")}>
      <title>{words.filter(Boolean).join(", ")}</title>
      <rect class="reach" width={BAR} height={TALL} />
      <rect class="good" y={TALL - good} width={BAR - 3} height={good} />
      <rect class="waiting" y={TALL - good - waiting} width={BAR - 3} height={waiting} />
      <rect class="failed" y={TALL - good - waiting - bad} width={BAR - 3} height={bad} />
    </Link>
  );
}
