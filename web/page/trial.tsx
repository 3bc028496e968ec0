// The test beside a component: an event to one of its destinations, what comes of it, and the log of every run, live.

import { signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ask, type Delivery, type Run, type Tested } from "./api.ts";
import { codeFile } from "./codefile.ts";
import { Text } from "./json.tsx";
import { hearDeliveries } from "./live.ts";
import { Action, Command, time } from "./parts.tsx";
import { set } from "./route.ts";
import { asShown, Secrets } from "./secrets.tsx";
import { BeginWith, commandTo, EventText, Result, send, sendTo } from "./tester.tsx";

/** The newest result of each component, by its slug. */
const results = signal<Readonly<Record<string, Tested>>>({});

export function TestPane(props: { slug: string; destinations: string[]; to: string }): JSX.Element {
  const { slug, destinations, to } = props;
  const file = codeFile(slug);
  const logs = useLogs(destinations);
  if (!to) {
    return <p class="notice">No enabled destination runs it: connect one in the workspace file.</p>;
  }
  const test = async () => {
    await file.loaded();
    const tested = await sendTo(to);
    results.value = { ...results.value, [slug]: tested };
    logs.add(`test of ${to}`, tested);
    return undefined;
  };
  const result = results.value[slug];
  return (
    <>
      <div class="bar">
        <label>
          Destination{" "}
          <select value={to} onChange={(change) => set({ destination: change.currentTarget.value })}>
            {destinations.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <BeginWith />
      </div>
      <EventText />
      {file.dirty.value && <p class="count">What runs is the saved code; the changes are not saved.</p>}
      <div class="buttons">
        <Action label="Send Event" primary run={test} />
        <Action label="Send through the source" run={send} />
        <Secrets of="of what is sent from now on" />
      </div>
      <Command line={commandTo(to)} />
      {result ? <Result of={result} /> : <p class="empty">What comes of it is shown here.</p>}
      {logs.lines.length > 0 || slug !== "webhook" ? <Logs lines={logs.lines} clear={logs.clear} /> : null}
    </>
  );
}

const LINES = 500;
/** How many deliveries are looked at of those that change at the same time, the newest. */
const AT_ONCE = 20;

/** The log of what these destinations run, from now on: each line with its event. */
function useLogs(destinations: string[]) {
  const lines = useSignal<string[]>([]);
  const seen = useRef(new Set<number>());
  const add = (what: string, run: Run) => {
    const more = run.logs.map((each) => `${time(each.at)} ${what} ${each.level} ${each.text}`);
    if (more.length > 0) lines.value = [...lines.peek(), ...more].slice(-LINES);
  };
  const read = async (seq: number) => {
    const delivery = await ask<Delivery>(asShown(`/deliveries/${seq}`));
    for (const attempt of delivery.attempts) {
      if (attempt.finished_at === null || seen.current.has(attempt.seq)) continue;
      seen.current.add(attempt.seq);
      const what = `event ${delivery.message_seq}`;
      if (attempt.insert) add(`${what} insert`, attempt.insert);
      add(what, attempt);
    }
  };
  useEffect(
    () =>
      hearDeliveries(destinations, (seqs) => {
        for (const seq of seqs.slice(-AT_ONCE)) void read(seq).catch(() => undefined); // removed meanwhile, or the sandbox has gone
      }),
    [destinations.join()],
  );
  return {
    lines: lines.value,
    add,
    clear: () => {
      lines.value = [];
    },
  };
}

function Logs({ lines, clear }: { lines: string[]; clear: () => void }): JSX.Element {
  return (
    <section aria-label="Live log">
      <div class="buttons between">
        <h2>Live log</h2>
        <button type="button" class="small" onClick={clear}>
          Clear
        </button>
      </div>
      {lines.length === 0 ? (
        <p class="empty">What the function logs in any run is shown here as it happens.</p>
      ) : (
        <Text label="Log lines" text={lines.join("\n")} />
      )}
      <Command line="segment-sandbox listen" />
    </section>
  );
}
