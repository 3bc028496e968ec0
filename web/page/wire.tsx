// What a webhook is sent: the endpoint, the headers and the settings as they went over the wire, and its last deliveries.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { ask, type Delivery, type Exchange, type ListedDelivery } from "./api.ts";
import { Body, Text } from "./json.tsx";
import { hearDeliveries } from "./live.ts";
import { Command, Copy, Link, ms, quoted, State, time } from "./parts.tsx";
import { asShown, Secrets, secrets } from "./secrets.tsx";
import { Headers } from "./story.tsx";

const SHOWN = 8;
const SETTINGS = "x-segment-settings";

export function LastSent({ endpoint, destination }: { endpoint: string; destination: string }): JSX.Element {
  const { last, newest, problem } = useLastSent(destination);
  const exchange = newest?.attempts.at(-1)?.exchanges.at(-1);
  return (
    <>
      <dl class="facts">
        <dt>Your API Endpoint</dt>
        <dd>
          <code>{endpoint}</code> <Copy text={endpoint} what="the endpoint" />
        </dd>
      </dl>
      {problem && <p class="notice bad">{problem}</p>}
      <div class="bar">
        <h2>As last sent</h2>
        <Secrets />
      </div>
      {newest && exchange ? (
        <Sent exchange={exchange} seq={newest.message_seq} />
      ) : (
        <p class="empty">Nothing was sent to it yet: send an event through the source.</p>
      )}
      {newest && (
        <Command line={`curl ${quoted(location.origin + asShown(`/_sandbox/deliveries/${newest.seq}`))}`} />
      )}
      <h2>Last deliveries</h2>
      <div class="scrolls">
        <table>
          <caption class="visually-hidden">Last deliveries</caption>
          <thead>
            <tr>
              <th>at</th>
              <th>event</th>
              <th>attempts</th>
              <th>state</th>
            </tr>
          </thead>
          <tbody>
            {last.map((each) => (
              <tr key={each.seq}>
                <td>
                  <time>{time(each.created_at)}</time>
                </td>
                <td>
                  <Link to={`/event/${each.message_seq}`}>event {each.message_seq}</Link>
                </td>
                <td>{each.attempts}</td>
                <td>
                  <State of={each.state} /> {each.reason}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Link to={`/deliveries?destination=${destination}`}>All deliveries of it</Link>
    </>
  );
}

/** The destination's last deliveries, newest first, and the newest of them that was sent, read again as they change. */
function useLastSent(destination: string) {
  const last = useSignal<ListedDelivery[]>([]);
  const newest = useSignal<Delivery | null>(null);
  const problem = useSignal("");
  const read = async () => {
    if (!destination) return;
    try {
      const found = await ask<{ deliveries: ListedDelivery[] }>(
        `/deliveries?order=newest&limit=${SHOWN}&destination=${encodeURIComponent(destination)}`,
      );
      last.value = found.deliveries;
      const sent = found.deliveries.find((each) => each.attempts > 0);
      newest.value = sent ? await ask<Delivery>(asShown(`/deliveries/${sent.seq}`)) : null;
      problem.value = "";
    } catch (error) {
      problem.value = (error as Error).message;
    }
  };
  useEffect(() => void read(), [destination, secrets.value]);
  useEffect(() => hearDeliveries([destination], () => void read()), [destination]);
  return { last: last.value, newest: newest.value, problem: problem.value };
}

/** One request as it went over the wire. */
function Sent({ exchange, seq }: { exchange: Exchange; seq: number }): JSX.Element {
  const { request, response, error } = exchange;
  const settings = request.headers.find(([name]) => name.toLowerCase() === SETTINGS)?.[1];
  return (
    <>
      <p>
        <code>
          {request.method} {request.url}
        </code>{" "}
        for <Link to={`/event/${seq}`}>event {seq}</Link>:{" "}
        <State
          of={response && response.status < 400 ? "delivered" : "failed"}
          words={response ? String(response.status) : (error?.code ?? "no response")}
        />{" "}
        {ms(exchange.duration_ms)}
      </p>
      <h3>Headers</h3>
      <Headers pairs={request.headers} />
      {settings !== undefined && (
        <>
          <h3>Settings</h3>
          <p class="count">
            <code>X-Segment-Settings</code>, decoded from base64
          </p>
          <Text label="Settings" text={decoded(settings)} />
        </>
      )}
      <h3>Body</h3>
      <Body label="Body" text={request.body} />
    </>
  );
}

/** JSON out of base64, with indentation; what is neither stays as it is. */
function decoded(header: string): string {
  try {
    const bytes = Uint8Array.from(atob(header), (each) => each.charCodeAt(0));
    return JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)), null, 2);
  } catch {
    return header;
  }
}
