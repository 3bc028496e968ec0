// The Overview: what runs, where, how it does, and what needs attention.

import { computed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { ask, type Sdk, unasked } from "./api.ts";
import { HalfHour } from "./flow.tsx";
import { health, rate, rows, workspace } from "./live.ts";
import { Command, Copy, counted, Link, masked, quoted, State } from "./parts.tsx";

export function Overview(): JSX.Element {
  const seen = health.value;
  const space = workspace.value;
  if (!seen || !space) return <p>Reading what runs here.</p>;
  const came = Object.values(seen.messages).reduce((sum, each) => sum + each, 0);
  return (
    <>
      <h1>{space.name}</h1>
      <Attention />
      {came === 0 && <Waiting />}
      <div class="cards">
        <Card title="Events" to="/debugger" counts={seen.messages} />
        <Card title="Deliveries" to="/deliveries" counts={seen.deliveries} />
        <section class="card">
          <h2>Last minute</h2>
          <Bars values={rate.value} />
        </section>
      </div>
      <HalfHour />
      <Sources />
      <Destinations />
      <h2>Addresses</h2>
      <dl class="facts">
        <dt>Tracking API</dt>
        <dd>
          <code>{seen.url}/v1/</code> <Copy text={seen.url} what="the address" />
        </dd>
        {seen.tls && (
          <>
            <dt>with TLS</dt>
            <dd>
              <code>{seen.tls.url}</code> <Copy text={seen.tls.url} what="the address with TLS" />
            </dd>
          </>
        )}
        <dt>Workspace file</dt>
        <dd>
          <code>{space.file ?? "none: the embedded workspace; segment-sandbox init writes one"}</code>
        </dd>
      </dl>
      <Command line={`curl ${seen.url}/_sandbox/health`} />
    </>
  );
}

function Attention(): JSX.Element | null {
  const seen = health.value;
  const bad =
    workspace.value?.destinations.filter((each) => !["ready", "disabled"].includes(each.state)) ?? [];
  const discarded = seen?.deliveries.discarded ?? 0;
  const failed = seen?.messages.failed_on_ingest ?? 0;
  const lines = [
    ...(seen?.mistakes ?? []),
    ...bad.map((each) => `Destination ${each.slug}: ${each.state}.`),
    ...(seen?.full ? ["Too many deliveries wait: sources answer 429."] : []),
  ];
  if (lines.length + discarded + failed === 0) return null;
  return (
    <section class="notice bad" aria-labelledby="attention">
      <h2 id="attention">
        <span aria-hidden="true">!</span> What needs attention
      </h2>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
        {failed > 0 && (
          <li>
            <Link to="/debugger?q=state:failed_on_ingest">{counted(failed, "event")} failed on ingest</Link>
          </li>
        )}
        {discarded > 0 && (
          <li>
            <Link to="/deliveries?state=discarded">{counted(discarded, "delivery")} discarded</Link>
          </li>
        )}
      </ul>
    </section>
  );
}

function Card(props: { title: string; to: string; counts: Record<string, number> }): JSX.Element {
  const counts = Object.entries(props.counts);
  return (
    <section class="card">
      <h2>
        <Link to={props.to}>{props.title}</Link>
      </h2>
      {counts.length === 0 && <p>none yet</p>}
      {counts.map(([state, count]) => (
        <p key={state}>
          <b class="number">{count}</b> <State of={state} />
        </p>
      ))}
    </section>
  );
}

const BAR = 5;
const TALL = 48;

/** Events per second over the last minute. */
function Bars({ values }: { values: number[] }): JSX.Element {
  const most = Math.max(1, ...values);
  const sum = values.reduce((total, each) => total + each, 0);
  return (
    <svg
      class="bars"
      viewBox={`0 0 ${values.length * BAR} ${TALL}`}
      role="img"
      aria-label={`${counted(sum, "event")} in the last minute, at most ${most} in a second`}
    >
      {values.map((value, index) => {
        const tall = value === 0 ? 1 : Math.max(2, (value / most) * TALL);
        return <rect key={index} x={index * BAR} y={TALL - tall} width={BAR - 1} height={tall} />;
      })}
    </svg>
  );
}

/** How many of the events that the page has read came from each source, and went to each destination, by state. */
const counts = computed(() => {
  health.value; // rows are changed in place: count again whenever something happened
  const sources = new Map<string, Map<string, number>>();
  const destinations = new Map<string, Map<string, number>>();
  for (const row of rows) {
    if (row.kind === "message") count(sources, row.source, row.state);
    for (const each of row.deliveries) count(destinations, each.destination, each.state);
  }
  return { sources, destinations };
});

function count(into: Map<string, Map<string, number>>, slug: string, state: string): void {
  const states = into.get(slug) ?? new Map<string, number>();
  into.set(slug, states.set(state, (states.get(state) ?? 0) + 1));
}

/** Counts by state, each a link to what is counted. */
function Counts({ of, search }: { of: Map<string, number> | undefined; search: string }): JSX.Element {
  return (
    <>
      {[...(of ?? [])].map(([state, number]) => (
        <Link
          key={state}
          class="counted"
          to={`/debugger?q=${encodeURIComponent(`${search} state:${state}`)}`}
        >
          <State of={state} /> {number}
        </Link>
      ))}
      {!of && <span class="empty">none yet</span>}
    </>
  );
}

function Sources(): JSX.Element {
  return (
    <div class="scrolls">
      <table>
        <caption>Sources</caption>
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">Write key</th>
            <th scope="col">State</th>
            <th scope="col">Newest events</th>
          </tr>
        </thead>
        <tbody>
          {workspace.value?.sources.map((each) => (
            <tr key={each.slug}>
              <td>{each.slug}</td>
              <td>
                <code>{masked(each.write_key, each.write_key)}</code>{" "}
                <Copy text={each.write_key} what={`the write key of ${each.slug}`} />
              </td>
              <td>
                <State
                  of={each.enabled ? "ready" : "disabled"}
                  words={each.enabled ? "enabled" : "disabled"}
                />
              </td>
              <td>
                <Counts of={counts.value.sources.get(each.slug)} search={`source:${each.slug}`} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Destinations(): JSX.Element {
  return (
    <div class="scrolls">
      <table>
        <caption>Destinations</caption>
        <thead>
          <tr>
            <th scope="col">Connected</th>
            <th scope="col">Kind</th>
            <th scope="col">State</th>
            <th scope="col">Newest deliveries</th>
            <th scope="col">Target</th>
          </tr>
        </thead>
        <tbody>
          {workspace.value?.destinations.map((each) => (
            <tr key={each.slug}>
              <td>
                {each.source} → {each.insert_function && `${each.insert_function} → `}
                <b>{each.slug}</b>
              </td>
              <td>{each.kind}</td>
              <td>
                <State of={each.state} />
              </td>
              <td>
                <Counts of={counts.value.destinations.get(each.slug)} search={`destination:${each.slug}`} />
              </td>
              <td>
                <code>{each.target}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What to paste to see the first event, for the SDK that is chosen. */
function Waiting(): JSX.Element {
  const sdks = useSignal<Sdk[]>([]);
  const chosen = useSignal("curl");
  const source = workspace.value?.sources.find((each) => each.enabled);
  const key = source?.write_key ?? "";
  useSignalEffect(() => {
    unasked(
      ask<{ sdks: Sdk[] }>("/sdks").then((answer) => {
        sdks.value = answer.sdks;
      }),
    );
  });
  const call = quoted('{"userId":"user-1","event":"Signed Up"}');
  const curl = `curl -u ${key}: ${health.value?.url}/v1/track -d ${call}`;
  const sdk = sdks.value.find((each) => each.name === chosen.value);
  return (
    <section class="notice" aria-labelledby="waiting">
      <h2 id="waiting">Waiting for the first event</h2>
      <label>
        Send it with{" "}
        <select
          value={chosen.value}
          onChange={(event) => {
            chosen.value = event.currentTarget.value;
          }}
        >
          <option value="curl">curl</option>
          {sdks.value.map((each) => (
            <option key={each.name} value={each.name}>
              {each.title}
            </option>
          ))}
        </select>
      </label>
      {!sdk && <Command line={curl} shown={masked(curl, key)} />}
      {sdk?.snippets.map((each) => (
        <div key={each.title}>
          <p>{each.title}</p>
          <Command line={each.code} shown={masked(each.code, key)} />
        </div>
      ))}
      {sdk && <Command line={`segment-sandbox sdk ${sdk.name}`} />}
    </section>
  );
}
