// Deliveries: what became of them by destination, and all that can be done about it.

import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { ask, type Clock, type Fault, type ListedDelivery, unasked } from "./api.ts";
import { HalfHour } from "./flow.tsx";
import { health, readWorkspace, workspace } from "./live.ts";
import { Action, Command, counted, Link, quoted, State, time } from "./parts.tsx";
import { query, set } from "./route.ts";

const STATES = ["pending", "awaiting_retry", "delivered", "discarded", "filtered", "stopped"];
const FILTERS = ["destination", "state", "reason"];
const NEWEST = [
  ["order", "newest"],
  ["limit", "200"],
];

export function Deliveries(): JSX.Element {
  const list = useSignal<ListedDelivery[]>([]);
  const reasons = useSignal<Record<string, number>>({});
  const asked = useComputed(() => new URLSearchParams([...NEWEST, ...chosen(FILTERS)]).toString());
  const counting = useComputed(() => new URLSearchParams(chosen(["destination", "state"])).toString());
  useSignalEffect(() => {
    health.value; // read again whenever something happened
    const wanted = asked.value;
    const read = ask<{ deliveries: ListedDelivery[] }>(`/deliveries?${wanted}`);
    unasked(
      read.then((answer) => {
        if (asked.peek() === wanted) list.value = answer.deliveries;
      }),
    );
  });
  useSignalEffect(() => {
    health.value; // count again whenever something happened
    const wanted = counting.value;
    const read = ask<{ reasons: Record<string, number> }>(`/reasons?${wanted}`);
    unasked(
      read.then((answer) => {
        if (counting.peek() === wanted) reasons.value = answer.reasons;
      }),
    );
  });
  return (
    <>
      <h1>Deliveries</h1>
      <div class="beside">
        <div>
          <div class="bar">
            <Choice
              name="destination"
              values={workspace.value?.destinations.map((each) => each.slug) ?? []}
            />
            <Choice name="state" values={STATES} />
            <RetryAll />
          </div>
          <ReplayAll key={counting.value + query.value.get("reason")} />
          <Reasons counts={reasons.value} />
          <Table list={list.value} />
          <Command line={`curl '${location.origin}/_sandbox/deliveries?${asked.value}'`} />
          <HalfHour destination={query.value.get("destination") ?? ""} />
        </div>
        <div>
          <Destinations />
          <ClockCard />
          <Faults />
        </div>
      </div>
    </>
  );
}

/** The filters that the address has. */
function chosen(names: string[]): [string, string][] {
  return names.flatMap((name) => {
    const value = query.value.get(name);
    return value ? [[name, value] as [string, string]] : [];
  });
}

/** How many deliveries have each reason; a click shows those alone, and another one all again. */
function Reasons({ counts }: { counts: Record<string, number> }): JSX.Element | null {
  const current = query.value.get("reason");
  const listed = Object.entries(
    current && !Object.hasOwn(counts, current) ? { ...counts, [current]: 0 } : counts,
  );
  if (listed.length === 0) return null;
  return (
    <fieldset class="bar reasons">
      <legend class="visually-hidden">Deliveries by reason</legend>
      {listed
        .sort((one, other) => other[1] - one[1])
        .map(([reason, count]) => (
          <button
            type="button"
            key={reason}
            aria-pressed={reason === current}
            onClick={() => set({ reason: reason === current ? null : reason })}
          >
            {reason} <b>{count}</b>
          </button>
        ))}
    </fieldset>
  );
}

function Choice({ name, values }: { name: string; values: string[] }): JSX.Element {
  return (
    <label>
      {name}{" "}
      <select
        aria-label={name}
        value={query.value.get(name) ?? ""}
        onChange={(event) => set({ [name]: event.currentTarget.value || null })}
      >
        <option value="">all</option>
        {values.map((value) => (
          <option key={value} value={value}>
            {value.replaceAll("_", " ")}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Retry all that the filters show, where there is a filter: everything at once is nobody's wish. */
function RetryAll(): JSX.Element | null {
  const wanted = chosen(FILTERS);
  if (wanted.length === 0) return null;
  const command = `segment-sandbox retry ${wanted.map(([name, value]) => `--${name} ${quoted(value)}`).join(" ")}`;
  const run = async () => {
    const { retried } = await ask<{ retried: number }>("/retry", "POST", Object.fromEntries(wanted));
    return `${retried} tried again`;
  };
  return (
    <>
      <Action label="Retry all these" run={run} />
      <Command line={command} />
    </>
  );
}

/** What the filters are called where they say which messages are sent again. */
const OF_MESSAGES: Record<string, string> = { destination: "sent_to" };

/** Send the messages of all that the filters show again, once one has seen how many those are and has said yes. */
function ReplayAll(): JSX.Element | null {
  const box = useRef<HTMLFieldSetElement>(null);
  const destination = query.value.get("destination");
  const to = useSignal(destination ?? "");
  const count = useSignal(0);
  const said = useSignal("");
  const wanted = chosen(FILTERS).map(([name, value]) => [OF_MESSAGES[name] ?? name, value] as const);
  if (wanted.length === 0) return null;
  const words = wanted.map(([name, value]) => `--${name.replace("_", "-")} ${quoted(value)}`);
  const command = ["segment-sandbox replay", ...words, ...(to.value ? [`--to ${quoted(to.value)}`] : [])];
  const where = to.value || "all destinations of their source";
  const decide = (text: string) => {
    count.value = 0;
    said.value = text;
    box.current?.querySelector("button")?.focus();
  };
  const look = async () => {
    const found = await ask<{ count: number }>(
      `/replay?${new URLSearchParams(wanted.map(([...each]) => each))}`,
    );
    count.value = found.count;
    said.value = found.count
      ? `${counted(found.count, "event")} would be sent again, to ${where}.`
      : "No event that was accepted fits.";
    return undefined;
  };
  const send = async () => {
    const order = { ...Object.fromEntries(wanted), ...(to.value ? { destination: to.value } : {}) };
    const { messages } = await ask<{ messages: number[] }>("/replay", "POST", order);
    decide(
      messages.length
        ? `${counted(messages.length, "event")} sent again, from event ${messages[0]} on.`
        : "None fits any more.",
    );
    return undefined;
  };
  return (
    <>
      <fieldset class="bar reasons" ref={box}>
        <legend class="visually-hidden">Replay</legend>
        <Action label="Replay all these" run={look} />
        {destination && (
          <label>
            to{" "}
            <select
              aria-label="Replay to"
              value={to.value}
              onChange={(event) => {
                to.value = event.currentTarget.value;
                count.value = 0;
                said.value = "";
              }}
            >
              <option value={destination}>{destination}</option>
              <option value="">all destinations</option>
            </select>
          </label>
        )}
        <span role="status">{said.value}</span>
        {count.value > 0 && (
          <>
            <Action label={`Send ${counted(count.value, "event")} again`} run={send} primary />
            <button type="button" onClick={() => decide("Nothing was sent.")}>
              Cancel
            </button>
          </>
        )}
      </fieldset>
      <Command line={command.join(" ")} />
    </>
  );
}

function Destinations(): JSX.Element {
  return (
    <section class="card" aria-labelledby="destinations">
      <h2 id="destinations">Destinations</h2>
      {workspace.value?.destinations.map((each) => {
        const verb = each.state === "paused" ? "resume" : "pause";
        const path = `/destinations/${each.slug}/${verb}`;
        const run = async () => {
          await ask(path, "POST", {});
          await readWorkspace();
          return undefined;
        };
        return (
          <div key={each.slug}>
            <div class="buttons between">
              <span>
                <b>{each.slug}</b> <State of={each.state} />
              </span>
              <Action label={`${verb === "pause" ? "Pause" : "Resume"} ${each.slug}`} run={run} />
            </div>
            <Command line={`curl -X POST ${location.origin}/_sandbox${path}`} />
          </div>
        );
      })}
    </section>
  );
}

function ClockCard(): JSX.Element {
  const clock = useSignal<Clock | null>(null);
  const span = useSignal("4h");
  useSignalEffect(() => {
    health.value; // read again whenever something happened
    unasked(
      ask<Clock>("/clock").then((read) => {
        clock.value = read;
      }),
    );
  });
  const advance = async () => {
    clock.value = await ask<Clock>("/clock", "POST", { advance: span.value });
    return `now ${time(clock.value.now)}`;
  };
  return (
    <section class="card" aria-labelledby="clock">
      <h2 id="clock">Clock</h2>
      <p>
        {clock.value && (
          <>
            <time dateTime={clock.value.now}>{clock.value.now.slice(0, 19).replace("T", " ")}</time> UTC,{" "}
            {clock.value.mode}
          </>
        )}
      </p>
      <div class="buttons">
        <label>
          Skip{" "}
          <input
            size={6}
            value={span.value}
            onInput={(event) => {
              span.value = event.currentTarget.value;
            }}
          />
        </label>
        <Action label="Advance" run={advance} primary />
      </div>
      <Command line={`segment-sandbox clock advance ${quoted(span.value)}`} />
    </section>
  );
}

function recipeIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(
      `The recipe is not JSON: ${message}. Write an object such as {"status": 503, "calls": "1-2"}.`,
    );
  }
}

function Faults(): JSX.Element {
  const faults = useSignal<Fault[]>([]);
  const recipe = useSignal('{"path": "/v1/track", "calls": "1-2", "status": 503}');
  const read = async () => {
    faults.value = (await ask<{ faults: Fault[] }>("/faults")).faults;
  };
  useSignalEffect(() => {
    health.value;
    unasked(read());
  });
  const add = async () => {
    await ask("/faults", "POST", recipeIn(recipe.value));
    await read();
    return "added";
  };
  return (
    <section class="card" aria-labelledby="faults">
      <h2 id="faults">Faults</h2>
      {faults.value.map((each) => (
        <div class="buttons" key={each.number}>
          <code>{JSON.stringify(each.recipe)}</code>
          <span>
            struck {each.struck} of {each.seen}
          </span>
          <Action
            label={`Take out ${each.number}`}
            run={async () => {
              await ask(`/faults/${each.number}`, "DELETE");
              await read();
              return undefined;
            }}
          />
          <Command line={`segment-sandbox faults clear ${each.number}`} />
        </div>
      ))}
      {faults.value.length === 0 && (
        <p>None is in effect. Add a recipe, and what it says goes wrong on purpose.</p>
      )}
      <div class="buttons">
        <input
          class="wide"
          aria-label="Recipe"
          value={recipe.value}
          onInput={(event) => {
            recipe.value = event.currentTarget.value;
          }}
        />
        <Action label="Add" run={add} />
      </div>
      <Command line={`curl ${location.origin}/_sandbox/faults -d ${quoted(recipe.value)}`} />
    </section>
  );
}

function Table({ list }: { list: ListedDelivery[] }): JSX.Element {
  return (
    <div class="scrolls">
      <table>
        <caption>Newest deliveries</caption>
        <thead>
          <tr>
            {["Delivery", "Event", "Destination", "State", "Reason", "Attempts", "Next attempt", "Again"].map(
              (head) => (
                <th scope="col" key={head}>
                  {head}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {list.map((each) => (
            <tr key={each.seq}>
              <td>{each.seq}</td>
              <td>
                <Link to={`/event/${each.message_seq}`}>{`event ${each.message_seq}`}</Link>
              </td>
              <td>{each.destination}</td>
              <td>
                <State of={each.state} />
              </td>
              <td title={each.remedy}>{each.reason}</td>
              <td>{each.attempts}</td>
              <td>{each.next_attempt_at ? time(each.next_attempt_at) : ""}</td>
              <td>
                <Action
                  label={`Retry ${each.seq}`}
                  command={`segment-sandbox retry --delivery ${each.seq}`}
                  run={async () => {
                    const { retried } = await ask<{ retried: number }>(
                      `/deliveries/${each.seq}/retry`,
                      "POST",
                      {},
                    );
                    return retried ? "tried again" : "not to be tried again";
                  }}
                />
                <Action
                  label={`Replay ${each.seq}`}
                  command={`segment-sandbox replay --message ${each.message_seq} --to ${each.destination}`}
                  run={async () => {
                    const { messages } = await ask<{ messages: number[] }>(
                      `/messages/${each.message_seq}/replay`,
                      "POST",
                      { destination: each.destination },
                    );
                    return `sent again as event ${messages[0]}`;
                  }}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {list.length === 0 && (
        <p class="empty">
          {chosen(FILTERS).length > 0
            ? "No delivery fits the filters. Choose all to see the others."
            : "No delivery yet. Send an event, and what goes to each destination is listed here."}
        </p>
      )}
    </div>
  );
}
