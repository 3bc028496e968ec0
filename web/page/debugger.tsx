// The Debugger: the list of what came in, live, and beside it the event that is selected.

import { computed, signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ask, type Message } from "./api.ts";
import { linesOf } from "./calls.ts";
import { Text, Tree } from "./json.tsx";
import { backlog, frame, type Row, rows, workspace } from "./live.ts";
import { toTest, useMessage } from "./message.ts";
import { Action, Command, Copy, counted, Link, masked, State, time } from "./parts.tsx";
import { go as goTo, query, set } from "./route.ts";
import { RunDetail } from "./run.tsx";
import { fits, SEARCH_KEYS, searched } from "./search.ts";
import { Secrets } from "./secrets.tsx";
import { DeliveryStory, Story } from "./story.tsx";
import { Waterfall } from "./waterfall.tsx";

const ROW_PX = 32;
const MARGIN_ROWS = 4;
/** How much of a name fits on any screen; a text of 32 KB would be laid out for every frame. */
const LETTERS = 300;
/** A map, as a type may be what every object has: `constructor`. */
const ICONS = new Map(
  Object.entries({
    refused: "⊘",
    invocation: "ƒ",
    track: "●",
    identify: "☺",
    page: "▤",
    screen: "▢",
    group: "⚭",
    alias: "⇄",
  }),
);

/** The newest row that the list shows while it does not follow; null while it follows. */
const heldAt = signal<number | null>(null);
const paused = signal(false);

const words = computed(() => query.value.get("q") ?? "");
const search = computed(() => searched(words.value));
const fitting = computed(() => {
  frame.value; // rows are changed in place
  const wanted = search.value;
  return rows.filter((row) => fits(row, wanted));
});
const shown = computed(() => {
  const held = heldAt.value;
  return held === null ? fitting.value : fitting.value.filter((row) => row.seq <= held);
});
const selected = computed(() => Number(query.value.get("event") ?? 0));

function hold(): void {
  if (heldAt.peek() === null) heldAt.value = rows.at(-1)?.seq ?? 0;
}

/** Go to the newest and follow again. */
export function followTail(): void {
  paused.value = false;
  heldAt.value = null;
  document.querySelector(".list")?.scrollTo({ top: 0 });
}

export function togglePause(): void {
  if (paused.value) followTail();
  else {
    paused.value = true;
    hold();
  }
}

/** Select the next older (1) or newer (-1) event. */
export function move(step: 1 | -1): void {
  const list = shown.peek();
  const index = list.findIndex((row) => row.seq === selected.peek());
  const next = list[index === -1 ? list.length - 1 : index - step];
  if (!next) return;
  hold();
  select(next);
  const top = (shown.peek().length - 1 - shown.peek().indexOf(next)) * ROW_PX;
  const box = document.querySelector(".list");
  if (!box) return;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + ROW_PX > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW_PX - box.clientHeight;
}

export function selectedSeq(): number {
  return selected.peek();
}

/** Send a message again; what the page says then. */
export async function replay(seq: number): Promise<string> {
  const { messages } = await ask<{ messages: number[] }>(`/messages/${seq}/replay`, "POST", {});
  return `sent again as ${messages.join(", ")}`;
}

function select(row: Row): void {
  set({ event: String(row.seq) });
}

export function Debugger(): JSX.Element {
  return (
    <div class={`panes ${selected.value ? "has-selection" : ""}`}>
      <section class="left" aria-label="Events">
        <h1 class="visually-hidden">Debugger</h1>
        <Bar />
        <List />
        <Command line="segment-sandbox listen" />
      </section>
      <section class="right" aria-label="Selected event">
        {selected.value ? (
          <>
            <button type="button" class="only-small" onClick={() => set({ event: null })}>
              Back to the list
            </button>
            <Detail seq={selected.value} />
          </>
        ) : (
          <p class="empty">Select an event to see its story.</p>
        )}
      </section>
    </div>
  );
}

function Bar(): JSX.Element {
  const fresh = fitting.value.length - shown.value.length;
  return (
    <div class="bar">
      <input
        id="search"
        type="search"
        aria-label="Search"
        placeholder="type:track -state:delivered words"
        title={`Keys: ${SEARCH_KEYS.join(", ")}; ranges: seq:10..20, at:09:30..09:45; - in front negates; words look everywhere`}
        value={words.value}
        onInput={(event) => set({ q: event.currentTarget.value })}
      />
      <button type="button" aria-pressed={paused.value} onClick={togglePause}>
        {paused.value ? "Resume" : "Pause"}
      </button>
      {fresh > 0 && (
        <button type="button" class="primary" onClick={followTail}>
          {fresh} new
        </button>
      )}
      <span class="count" role="status">
        {counted(shown.value.length, "event")}
      </span>
      {backlog.value > 0 && <span class="coming">{backlog.value} more coming in</span>}
    </div>
  );
}

function List(): JSX.Element {
  const box = useRef<HTMLElement>(null);
  const from = useSignal(0);
  const height = useSignal(600);
  const list = shown.value;
  const first = Math.max(0, from.value - MARGIN_ROWS);
  const last = Math.min(list.length, from.value + Math.ceil(height.value / ROW_PX) + MARGIN_ROWS);
  const visible: [Row, number][] = [];
  for (let index = first; index < last; index += 1) {
    const row = list[list.length - 1 - index];
    if (row) visible.push([row, index]);
  }
  useEffect(() => {
    const seen = new ResizeObserver(([entry]) => {
      height.value = entry?.contentRect.height ?? 0;
    });
    if (box.current) seen.observe(box.current);
    return () => seen.disconnect();
  }, []);
  const scrolled = (event: Event) => {
    const { scrollTop, clientHeight } = event.currentTarget as HTMLElement;
    from.value = Math.floor(scrollTop / ROW_PX);
    height.value = clientHeight;
    if (scrollTop > 0) hold();
    else if (!paused.peek() && !selected.peek()) heldAt.value = null;
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section class="list" ref={box} onScroll={scrolled} tabIndex={0} aria-label="List of events">
      {list.length === 0 && (
        <p class="empty">
          {rows.length ? (
            "Nothing fits the search. Take a word out of it, or search for another."
          ) : (
            <>
              Waiting for events. <Link to="/">The Overview</Link> has the line that sends the first one.
            </>
          )}
        </p>
      )}
      <div class="rows" style={{ height: `${list.length * ROW_PX}px` }}>
        {visible.map(([row, index]) => (
          <RowLine key={row.seq} row={row} state={row.state} top={index * ROW_PX} />
        ))}
      </div>
    </section>
  );
}

/** The state is a property of its own, as the row itself is changed in place. */
function RowLine({ row, state, top }: { row: Row; state: string; top: number }): JSX.Element {
  const current = row.seq === selected.value;
  return (
    <button
      type="button"
      class="row"
      style={{ transform: `translateY(${top}px)` }}
      aria-current={current ? "true" : undefined}
      onClick={() => {
        hold();
        select(row);
      }}
    >
      <span class="icon" aria-hidden="true">
        {ICONS.get(row.kind) ?? ICONS.get(row.type) ?? "·"}
      </span>
      <span class="type">{row.type}</span>
      <span class="name">{row.name.slice(0, LETTERS)}</span>
      <span class="user">{row.user.slice(0, LETTERS)}</span>
      <span class="source">{row.source}</span>
      <State of={state} />
      <time dateTime={row.at}>{time(row.at)}</time>
    </button>
  );
}

const TABS = ["Pretty", "Raw", "Story", "Deliveries", "Code"];

function Detail({ seq }: { seq: number }): JSX.Element {
  const row = rows.find((each) => each.seq === seq);
  if (row?.kind === "refused") return <RefusedDetail row={row} />;
  if (row?.kind === "invocation") return <RunDetail seq={seq} />;
  return <MessageDetail seq={seq} />;
}

function RefusedDetail({ row }: { row: Row }): JSX.Element {
  return (
    <>
      <h2>
        {row.type} {row.name}
      </h2>
      <p>
        <State of="refused" /> {row.reason}
      </p>
      <Command line={`curl '${location.origin}/_sandbox/refused?after=${row.seq - 1}&limit=1'`} />
    </>
  );
}

function MessageDetail({ seq }: { seq: number }): JSX.Element {
  const { message, problem } = useMessage(seq);
  const tab = query.value.get("tab") ?? "Pretty";
  return (
    <>
      <h2>
        <bdi>{message?.type}</bdi> <bdi>{message?.event ?? ""}</bdi>{" "}
        <Link to={`/event/${seq}`}>{`event ${seq}`}</Link>
      </h2>
      {problem && <p class="notice bad">{problem}</p>}
      <div class="buttons">
        <Action label="Replay" run={() => replay(seq)} command={`segment-sandbox replay --message ${seq}`} />
        {message && (
          <button
            type="button"
            onClick={() => {
              toTest.value = JSON.stringify(message.message, null, 2);
              goTo("/tester");
            }}
          >
            Test
          </button>
        )}
        <Secrets />
      </div>
      <Command line={`segment-sandbox replay --message ${seq}`} />
      <div class="tabs" role="tablist">
        {TABS.map((name) => (
          <button
            type="button"
            role="tab"
            key={name}
            aria-selected={tab === name}
            onClick={() => set({ tab: name === "Pretty" ? null : name })}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" aria-label={tab}>
        {message && <Panel tab={tab} message={message} />}
      </div>
    </>
  );
}

function Panel({ tab, message }: { tab: string; message: Message }): JSX.Element {
  if (tab === "Raw") return <Text label="Raw" text={JSON.stringify(message.message, null, 2)} />;
  if (tab === "Story") return <Story message={message} />;
  if (tab === "Deliveries") {
    return (
      <>
        <Waterfall message={message} />
        {message.deliveries.map((delivery) => (
          <DeliveryStory key={delivery.seq} delivery={delivery} />
        ))}
        {message.deliveries.length === 0 && (
          <p>
            It went to no destination: <Link to={`/event/${message.seq}`}>its story</Link> says why.
          </p>
        )}
      </>
    );
  }
  if (tab === "Code") return <Code message={message} />;
  return <Tree value={message.message} />;
}

/** The call that makes the same event again, as a new message: for curl, and in the words of Segment's libraries. */
function Code({ message }: { message: Message }): JSX.Element {
  const key = workspace.value?.sources.find((each) => each.slug === message.source)?.write_key ?? "";
  const lines = linesOf(message.message, key, location.origin);
  const line = lines.find((each) => each.name === query.value.get("sdk")) ?? lines[0];
  return (
    <>
      <label>
        Send it again with{" "}
        <select value={line?.name} onChange={(event) => set({ sdk: event.currentTarget.value })}>
          {lines.map((each) => (
            <option key={each.name} value={each.name}>
              {each.title}
            </option>
          ))}
        </select>
      </label>
      {line?.name === "curl" ? (
        <Command line={line.code} shown={masked(line.code, key)} />
      ) : (
        <>
          <Text label="The call" text={line?.code ?? ""} />
          <Copy text={line?.code ?? ""} what="the call" />
          <p>The lines that point the library here:</p>
          <Command line={`segment-sandbox sdk ${line?.name}`} />
        </>
      )}
    </>
  );
}
