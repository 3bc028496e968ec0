// Event Tester and Test Suite: one event, or all sample events, against the partner's component.

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { ask, type Suite, type Tested } from "./api.ts";
import { Text } from "./json.tsx";
import { rows, workspace } from "./live.ts";
import { toTest } from "./message.ts";
import { Action, Command, Link, ms, quoted, State } from "./parts.tsx";
import { query, set } from "./route.ts";
import { RunStory } from "./story.tsx";

const SAMPLES: Record<string, Record<string, unknown>> = {
  track: { event: "Order Completed", properties: { orderId: "order-17", revenue: 42.5 } },
  identify: { traits: { email: "ada@example.com", plan: "pro" } },
  page: { name: "Pricing", properties: { url: "https://shop.example.com/pricing" } },
  screen: { name: "Basket", properties: { items: 3 } },
  group: { groupId: "company-3", traits: { name: "Example Works", employees: 40 } },
  alias: { previousId: "visitor-8" },
  delete: {},
};
const LAST = 8;

const text = signal(sample("track"));
const tested = signal<Tested | null>(null);
const suite = signal<Suite | null>(null);

function sample(type: string): string {
  return JSON.stringify({ type, userId: "user-1", ...SAMPLES[type] }, null, 2);
}

function event(): unknown {
  try {
    return JSON.parse(text.peek());
  } catch (error) {
    throw new Error(`This is not JSON: ${(error as Error).message}`);
  }
}

export function Tester(): JSX.Element {
  if (toTest.value !== null) {
    text.value = toTest.value;
    toTest.value = null;
  }
  const destinations = workspace.value?.destinations.filter((each) => each.enabled) ?? [];
  const to = query.value.get("destination") ?? destinations[0]?.slug ?? "";
  return (
    <>
      <h1>Event Tester</h1>
      <div class="panes">
        <section class="left" aria-label="Event">
          <div class="bar">
            <label>
              Destination{" "}
              <select value={to} onChange={(change) => set({ destination: change.currentTarget.value })}>
                {destinations.map((each) => (
                  <option key={each.slug} value={each.slug}>
                    {each.slug}
                  </option>
                ))}
              </select>
            </label>
            <BeginWith />
          </div>
          <EventText />
          <div class="buttons">
            <Action label="Send Event" primary run={() => test(to)} />
            <Action label="Send through the source" run={send} />
          </div>
          <Command line={commandTo(to)} />
        </section>
        <section class="right shown" aria-label="Result">
          {tested.value ? <Result of={tested.value} /> : <p class="empty">What comes of it is shown here.</p>}
        </section>
      </div>
    </>
  );
}

/** What the event may begin with: a sample, or one of the last events. */
export function BeginWith(): JSX.Element {
  return (
    <label>
      Begin with{" "}
      <select value="" onChange={(change) => void begin(change.currentTarget.value)}>
        <option value="">…</option>
        <optgroup label="Samples">
          {Object.keys(SAMPLES).map((type) => (
            <option key={type}>{type}</option>
          ))}
        </optgroup>
        <optgroup label="Last events">
          {lastEvents().map((row) => (
            <option key={row.seq} value={String(row.seq)}>
              {row.seq} {row.type} {row.name}
            </option>
          ))}
        </optgroup>
      </select>
    </label>
  );
}

/** The event, to be changed. */
export function EventText(): JSX.Element {
  return (
    <textarea
      aria-label="Event as JSON"
      spellcheck={false}
      value={text.value}
      onInput={(change) => {
        text.value = change.currentTarget.value;
      }}
    />
  );
}

/** The command that sends the event to a destination. */
export function commandTo(destination: string): string {
  return `echo ${quoted(oneLine())} | segment-sandbox send - --to ${destination}`;
}

function lastEvents() {
  return rows
    .filter((row) => row.kind === "message")
    .slice(-LAST)
    .reverse();
}

async function begin(choice: string): Promise<void> {
  if (choice in SAMPLES) text.value = sample(choice);
  else if (choice) {
    const { message } = await ask<{ message: unknown }>(`/messages/${choice}?secrets=shown`);
    text.value = JSON.stringify(message, null, 2);
  }
}

function oneLine(): string {
  try {
    return JSON.stringify(JSON.parse(text.value));
  } catch {
    return text.value;
  }
}

async function test(destination: string): Promise<undefined> {
  tested.value = await sendTo(destination);
}

/** Send the event to a destination, past every filter. */
export function sendTo(destination: string): Promise<Tested> {
  return ask<Tested>("/tester", "POST", { event: event(), destination });
}

/** Send the event as an SDK would. */
export async function send(): Promise<string> {
  const source = workspace.value?.sources.find((each) => each.enabled)?.slug;
  const { seq } = await ask<{ seq: number }>("/send", "POST", { event: event(), source });
  return `sent as event ${seq}`;
}

/** What came of one event. */
export function Result({ of }: { of: Tested }): JSX.Element {
  return (
    <>
      <h2>
        <State of={of.colour} words={of.code} /> {of.title ?? of.type}
      </h2>
      <p>
        {of.reason} {of.message} <span class="count">{ms(of.took_ms)}</span>
      </p>
      {of.cause && (
        <p class="notice">
          <b>{of.cause.place}</b>: <code>{of.cause.text}</code>
        </p>
      )}
      <p class="count">{of.review}</p>
      <RunStory run={of} />
      <details>
        <summary>The event as it was handed over</summary>
        <Text label="The event as it was handed over" text={JSON.stringify(of.sent, null, 2)} />
      </details>
    </>
  );
}

export function TestSuite(): JSX.Element {
  const components = workspace.value?.components ?? [];
  const component = query.value.get("component") ?? components[0]?.name ?? "";
  const seen = suite.value;
  const run = async () => {
    suite.value = await ask<Suite>("/suite", "POST", { component });
    return undefined;
  };
  return (
    <>
      <h1>Test Suite</h1>
      {components.length === 0 && (
        <p class="notice">The workspace file names no component of an App to test.</p>
      )}
      <div class="bar">
        <label>
          Component{" "}
          <select value={component} onChange={(change) => set({ component: change.currentTarget.value })}>
            {components.map((each) => (
              <option key={each.name}>{each.name}</option>
            ))}
          </select>
        </label>
        <Action label="Test" primary run={run} />
        <Link to="/tester">Try a single event</Link>
      </div>
      <Command line={`segment-sandbox test ${component}`} />
      {seen ? <Results of={seen} /> : <p class="empty">Test Result: nothing has run yet.</p>}
    </>
  );
}

function Results({ of }: { of: Suite }): JSX.Element {
  return (
    <>
      <p class={`notice ${of.passed ? "" : "bad"}`} role="status">
        <State of={of.passed ? "green" : "red"} words={of.banner} /> {of.component}, {ms(of.took_ms)}
      </p>
      <p>
        {Object.entries(of.counts)
          .filter(([name, count]) => count > 0 || name === "Success")
          .map(([name, count]) => `${name}: ${count}`)
          .join("  ")}
      </p>
      {of.results.map((each, index) => (
        <details class="attempt" key={`${index} ${each.title}`}>
          <summary>
            <State of={each.colour} words={each.code} /> <b>{each.type.toUpperCase()}</b> {each.title}{" "}
            <span class="count">{ms(each.took_ms)}</span>
          </summary>
          <Result of={each} />
        </details>
      ))}
    </>
  );
}
