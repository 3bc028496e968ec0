// Event Tester and Test Suite: one event, or all sample events, against the partner's component.

import { signal, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { ask, type Suite, type Tested, unasked } from "./api.ts";
import { Diff, Text } from "./json.tsx";
import { rows, workspace } from "./live.ts";
import { toTest } from "./message.ts";
import { Action, Check, Command, Link, ms, quoted, State } from "./parts.tsx";
import { query, set } from "./route.ts";
import { asShown, Secrets } from "./secrets.tsx";
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

const SAVED = "saved events";
const AGAIN = "suite at every save";

const text = signal(sample("track"));
const tested = signal<Tested | null>(null);
/** The event of which `tested` is the outcome. */
const written = signal<unknown>(null);
const saved = signal(kept());
/** Why the text was not taken, and on which line; it goes when the text changes. */
const faulty = signal<{ line: number; message: string } | null>(null);
const suite = signal<Suite | null>(null);

function sample(type: string): string {
  return JSON.stringify({ type, userId: "user-1", ...SAMPLES[type] }, null, 2);
}

/** Read the event; where it is no JSON, its line is marked. */
function event(): unknown {
  try {
    const read = JSON.parse(text.peek());
    faulty.value = null;
    return read;
  } catch (error) {
    const { message } = error as Error;
    faulty.value = { line: lineOf(message, text.peek()), message };
    throw new Error(`Line ${faulty.value.line}: this is not JSON: ${message}. Mend the line that is marked.`);
  }
}

/** The line that the browser's words name, by line or by position; the last one where they name none. */
function lineOf(words: string, read: string): number {
  const line = words.match(/line (\d+)/)?.[1];
  const position = words.match(/position (\d+)/)?.[1];
  if (line) return Number(line);
  return read.slice(0, position ? Number(position) : read.length).split("\n").length;
}

/** The events that this browser keeps; none where something else wrote what is there. */
function kept(): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(JSON.parse(localStorage.getItem(SAVED) ?? "{}") ?? {}).map(([name, event]) => [
        name,
        String(event),
      ]),
    );
  } catch {
    return {};
  }
}

function keep(events: Record<string, string>): void {
  saved.value = events;
  localStorage.setItem(SAVED, JSON.stringify(events));
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
            <Action
              label="Send through the source"
              run={send}
              command={`echo ${quoted(oneLine())} | segment-sandbox send -`}
            />
            <Secrets of="of what is sent from now on" />
          </div>
          <Command line={commandTo(to)} />
          <Saved />
        </section>
        <section class="right shown" aria-label="Result">
          {tested.value ? <Result of={tested.value} written={written.value} /> : <Nothing to={to} />}
        </section>
      </div>
    </>
  );
}

/** What the event may begin with: a sample, one that was saved, or one of the last. */
export function BeginWith(): JSX.Element {
  return (
    <label>
      Begin with{" "}
      <select value="" onChange={(change) => unasked(begin(change.currentTarget.value))}>
        <option value="">…</option>
        <optgroup label="Samples">
          {Object.keys(SAMPLES).map((type) => (
            <option key={type}>{type}</option>
          ))}
        </optgroup>
        {Object.keys(saved.value).length > 0 && (
          <optgroup label="Saved">
            {Object.keys(saved.value).map((name) => (
              <option key={name} value={`saved ${name}`}>
                {name}
              </option>
            ))}
          </optgroup>
        )}
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

/** The command that sends the event to a destination. */
export function commandTo(destination: string): string {
  return `echo ${quoted(oneLine())} | segment-sandbox send - --to ${quoted(destination)}`;
}

function Nothing({ to }: { to: string }): JSX.Element {
  if (!to) {
    return (
      <p class="notice">
        No destination is enabled, so there is nothing to test. Set <code>enabled = true</code> in a table{" "}
        <code>[[destinations]]</code> of the workspace file.
      </p>
    );
  }
  return <p class="empty">Send the event: what {to} makes of it is shown here.</p>;
}

/** The event's text beside the numbers of its lines; the faulty one is marked. */
export function EventText(): JSX.Element {
  const numbers = useRef<HTMLPreElement>(null);
  const wrong = faulty.value?.line;
  const lines = text.value.split("\n").map((_, index) => index + 1);
  return (
    <div class="numbered">
      <pre ref={numbers} aria-hidden="true">
        {lines.map((line) => (
          <span key={line} class={line === wrong ? "bad" : ""}>
            {line === wrong ? `✕ ${line}` : line}
            {"\n"}
          </span>
        ))}
      </pre>
      <textarea
        id="event"
        aria-label="Event as JSON"
        aria-invalid={wrong !== undefined}
        spellcheck={false}
        wrap="off"
        value={text.value}
        onScroll={(scrolled) => {
          if (numbers.current) numbers.current.scrollTop = scrolled.currentTarget.scrollTop;
        }}
        onInput={(change) => {
          text.value = change.currentTarget.value;
          faulty.value = null;
        }}
      />
    </div>
  );
}

/** Go to the line that is marked. */
function showFaulty(): void {
  const box = document.getElementById("event") as HTMLTextAreaElement | null;
  if (!box || !faulty.value) return;
  const before = text
    .peek()
    .split("\n")
    .slice(0, faulty.value.line - 1)
    .join("\n").length;
  const start = faulty.value.line === 1 ? 0 : before + 1;
  const end = text.peek().indexOf("\n", start);
  box.focus();
  box.setSelectionRange(start, end === -1 ? text.peek().length : end);
}

/** Events that are kept in this browser, by names; the command keeps one with the workspace, for the Test Suite too. */
function Saved(): JSX.Element {
  const name = useSignal("");
  const file = quoted(`sample_events/${name.value || "NAME"}.json`);
  return (
    <>
      <form
        class="buttons"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          if (name.value) keep({ ...saved.value, [name.value]: text.value });
        }}
      >
        <label>
          Name{" "}
          <input
            size={14}
            value={name.value}
            onInput={(change) => {
              name.value = change.currentTarget.value;
            }}
          />
        </label>
        <button type="submit">Save in this browser</button>
        {Object.hasOwn(saved.value, name.value) && (
          <button
            type="button"
            onClick={() => {
              const { [name.value]: _, ...others } = saved.value;
              keep(others);
            }}
          >
            Forget {name.value}
          </button>
        )}
      </form>
      <Command line={`mkdir -p sample_events && echo ${quoted(oneLine())} > ${file}`} />
    </>
  );
}

function lastEvents() {
  return rows
    .filter((row) => row.kind === "message")
    .slice(-LAST)
    .reverse();
}

async function begin(choice: string): Promise<void> {
  faulty.value = null;
  if (Object.hasOwn(SAMPLES, choice)) text.value = sample(choice);
  else if (choice.startsWith("saved ")) text.value = saved.value[choice.slice(6)] ?? "";
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
  const sent = marked();
  tested.value = await sendTo(destination);
  written.value = sent;
}

function marked(): unknown {
  try {
    return event();
  } catch (error) {
    showFaulty();
    throw error;
  }
}

/** Send the event to a destination, past every filter. */
export async function sendTo(destination: string): Promise<Tested> {
  return ask<Tested>(asShown("/tester"), "POST", { event: marked(), destination });
}

/** Send the event as an SDK would. */
export async function send(): Promise<string> {
  const source = workspace.value?.sources.find((each) => each.enabled)?.slug;
  const { seq } = await ask<{ seq: number }>("/send", "POST", { event: marked(), source });
  return `sent as event ${seq}`;
}

/** What came of one event; `written` is the event as it was before it was handed over, where that is known. */
export function Result({ of, written }: { of: Tested; written?: unknown }): JSX.Element {
  const tab = useSignal("Output");
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
      <div class="tabs" role="tablist">
        {["Output", "Diff"].map((name) => (
          <button
            type="button"
            role="tab"
            key={name}
            aria-selected={tab.value === name}
            onClick={() => {
              tab.value = name;
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" aria-label={tab.value}>
        <h3 class="visually-hidden">{tab.value}</h3>
        {tab.value === "Output" ? <RunStory run={of} paged /> : <Differences of={of} written={written} />}
      </div>
      <details>
        <summary>The event as it was handed over</summary>
        <Text label="The event as it was handed over" text={JSON.stringify(of.sent, null, 2)} />
      </details>
    </>
  );
}

/** From what was written to what was handed over, and from that to what each request carried. */
function Differences({ of, written }: { of: Tested; written?: unknown }): JSX.Element {
  const bodies = of.exchanges.flatMap(({ request }) => {
    try {
      return [{ request, body: JSON.parse(request.body ?? "") as unknown }];
    } catch {
      return [];
    }
  });
  return (
    <>
      {written !== undefined && (
        <>
          <h3>From your event to the one that was handed over</h3>
          <Diff before={written} after={of.sent} same="It was handed over as it is." />
        </>
      )}
      {bodies.map(({ request, body }, index) => (
        <div key={`${index} ${request.url}`}>
          <h3>
            From there to the body of {request.method} {request.url}
          </h3>
          <Diff before={of.sent} after={body} same="It was sent as it is." />
        </div>
      ))}
      {bodies.length === 0 && <p class="empty">No request carried JSON.</p>}
    </>
  );
}

/** Whether the Test Suite runs again at every save; this browser remembers it. */
const again = signal(localStorage.getItem(AGAIN) !== "no");
const refused = signal("");
let running = false;
/** Whether something was saved while the suite ran: what it shows then may be of the code before. */
let savedMeanwhile = false;

async function runSuite(component: string): Promise<undefined> {
  running = true;
  try {
    do {
      savedMeanwhile = false;
      suite.value = await ask<Suite>(asShown("/suite"), "POST", { component });
      refused.value = "";
    } while (savedMeanwhile);
  } finally {
    running = false;
  }
  return undefined;
}

/** Run again what has run, at every save of its file or of the workspace's. */
function useSaves(): void {
  const before = useRef(workspace.peek());
  useSignalEffect(() => {
    const now = workspace.value;
    const component = suite.peek()?.component;
    const saved = now !== before.current;
    before.current = now;
    if (!saved || !again.peek()) return;
    if (running) savedMeanwhile = true;
    else if (component) {
      runSuite(component).catch((error: Error) => {
        refused.value = error.message;
      });
    }
  });
}

export function TestSuite(): JSX.Element {
  useSaves();
  const components = workspace.value?.components ?? [];
  const component = query.value.get("component") ?? components[0]?.name ?? "";
  const seen = suite.value;
  return (
    <>
      <h1>Test Suite</h1>
      {components.length === 0 && (
        <p class="notice">
          The App has no component to test. Add <code>[app.components.function]</code> or{" "}
          <code>[app.components.webhook]</code> to the workspace file.
        </p>
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
        <Action label="Test" primary run={() => runSuite(component)} />
        <Check
          checked={again.value}
          change={(checked) => {
            again.value = checked;
            localStorage.setItem(AGAIN, checked ? "yes" : "no");
          }}
        >
          Run again at every save
        </Check>
        <Secrets of="of what is sent from now on" />
        <Link to="/tester">Try a single event</Link>
      </div>
      <Command line={`segment-sandbox test ${quoted(component)}${again.value ? " --watch" : ""}`} />
      {refused.value && <p class="notice bad">{refused.value}</p>}
      {seen ? (
        <Results of={seen} />
      ) : (
        <p class="empty">
          Test Result: nothing has run yet. Test sends eight sample events to the component.
        </p>
      )}
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
