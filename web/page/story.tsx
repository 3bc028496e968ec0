// The story of an event: each step on its way, each attempt with all that it did, and the time it took.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Delivery, Exchange, Message, Pairs, Run } from "./api.ts";
import { Body, Diff, Text, Tree } from "./json.tsx";
import { useMessage } from "./message.ts";
import { Command, Link, ms, quoted, State, span, time } from "./parts.tsx";
import { asShown, Secrets, secrets } from "./secrets.tsx";
import { Waterfall } from "./waterfall.tsx";

export function StoryPage({ seq }: { seq: number }): JSX.Element {
  const { message, problem } = useMessage(seq);
  return (
    <>
      <h1>Event {seq}</h1>
      {problem && <p class="notice bad">{problem}</p>}
      {message && (
        <>
          <p>
            <bdi>{message.type}</bdi>{" "}
            <b>
              <bdi>{message.event}</bdi>
            </b>{" "}
            {message.user_id && (
              <>
                of <bdi>{message.user_id}</bdi>
              </>
            )}{" "}
            <Link to={`/debugger?event=${seq}`}>in the Debugger</Link>
          </p>
          <div class="bar">
            <h2>What became of it</h2>
            <Secrets />
          </div>
          <Story message={message} />
          <Command line={`curl ${quoted(location.origin + asShown(`/_sandbox/messages/${seq}`))}`} />
        </>
      )}
    </>
  );
}

export function Story({ message }: { message: Message }): JSX.Element {
  const stopped = message.state !== "accepted";
  return (
    <>
      <Waterfall message={message} />
      <ol class="story">
        <li>
          <h3>Request</h3>
          <p>
            {time(message.received_at)} at source <b>{message.source}</b>
            {message.path && (
              <>
                , <code>{message.path}</code>
              </>
            )}
            {message.replay_of && (
              <>
                , a replay of <Link to={`/event/${message.replay_of}`}>event {message.replay_of}</Link>
              </>
            )}
          </p>
        </li>
        <li>
          <h3>Normalisation</h3>
          <Normalisation of={message} />
          <details>
            <summary>The message as it was stamped</summary>
            <Tree value={message.message} />
          </details>
        </li>
        <li>
          <h3>Validation and filters</h3>
          <p>
            <State of={message.state} /> {message.reason}
          </p>
          <Why happened={message.happened} remedy={message.remedy} />
        </li>
        {message.deliveries.map((delivery) => (
          <li key={delivery.seq}>
            <DeliveryStory delivery={delivery} />
          </li>
        ))}
        {!stopped && message.deliveries.length === 0 && <li>No destination is connected to this source.</li>}
      </ol>
    </>
  );
}

/** How timestamp came about. */
function aboutTime(received: Record<string, unknown>, message: Record<string, unknown>): string {
  const told = Date.parse(String(received.originalTimestamp ?? received.timestamp));
  if (Number.isNaN(told)) return "The call has no time that can be read: timestamp is that of its arrival.";
  const moved = Math.abs(Date.parse(String(message.timestamp)) - told);
  return moved
    ? `timestamp was moved by ${span(moved)}, the time between sentAt and receivedAt: Segment takes it for what the client's clock is off.`
    : "timestamp is the time that was sent: no sentAt says that the client's clock is off.";
}

/** What stamping did, from the call as it came. */
function Normalisation({ of: { received, message, replay_of } }: { of: Message }): JSX.Element {
  if (!received) {
    return <p>{replay_of ? "A replay goes as it was stored." : "This is no call that could be stamped."}</p>;
  }
  return (
    <>
      <p>{aboutTime(received, message)}</p>
      <Diff before={received} after={message} same="It came as it is stored." />
    </>
  );
}

function Why({ happened, remedy }: { happened?: string; remedy?: string }): JSX.Element | null {
  if (!happened && !remedy) return null;
  return (
    <p class="notice">
      {happened} {remedy}
    </p>
  );
}

export function DeliveryStory({ delivery }: { delivery: Delivery }): JSX.Element {
  return (
    <>
      <h3>Destination {delivery.destination}</h3>
      <p>
        <State of={delivery.state} /> {delivery.reason} {delivery.detail}
        {delivery.next_attempt_at && ` next attempt at ${time(delivery.next_attempt_at)}`}
      </p>
      <Why happened={delivery.happened} remedy={delivery.remedy} />
      {delivery.advice.map((each) => (
        <p class="notice" key={each.id}>
          <b>{each.id}</b>: {each.cause} {each.cure}
        </p>
      ))}
      {delivery.attempts.map((attempt, index) => (
        <details class="attempt" key={attempt.seq} open={index === delivery.attempts.length - 1}>
          <summary>
            Attempt {attempt.number}: <State of={attempt.outcome} /> {attempt.code} {ms(attempt.duration_ms)}
          </summary>
          {attempt.insert && (
            <>
              <h4>Insert function {attempt.insert.function}</h4>
              <RunStory run={attempt.insert} />
            </>
          )}
          <RunStory run={attempt} />
        </details>
      ))}
    </>
  );
}

/** What one run wrote, sent, got and returned. */
export function RunStory({ run, paged = false }: { run: Run; paged?: boolean }): JSX.Element {
  return (
    <>
      {run.error && (
        <Text label="Error" text={run.error.stack ?? `${run.error.name}: ${run.error.message}`} />
      )}
      {run.warnings.map((warning) => (
        <p class="notice" key={warning}>
          {warning}
        </p>
      ))}
      {run.logs.length > 0 && (
        <Text
          label="Log output"
          text={run.logs.map((each) => `${time(each.at)} ${each.level} ${each.text}`).join("\n")}
        />
      )}
      {paged ? (
        <Pager exchanges={run.exchanges} />
      ) : (
        run.exchanges.map((exchange, index) => (
          <ExchangeStory key={exchange.started_at + String(index)} exchange={exchange} />
        ))
      )}
      {run.returned != null && (
        <>
          <h4>Callback Return</h4>
          <Body label="Callback Return" text={run.returned} />
        </>
      )}
    </>
  );
}

/** One request with its response at a time, and which of how many it is. */
function Pager({ exchanges }: { exchanges: Exchange[] }): JSX.Element | null {
  const chosen = useSignal(0);
  const index = Math.min(chosen.value, exchanges.length - 1);
  const exchange = exchanges[index];
  if (!exchange) return null;
  const turn = (label: string, to: number) => (
    <button
      type="button"
      class="small"
      aria-label={label}
      aria-disabled={!(to in exchanges)}
      onClick={() => {
        if (to in exchanges) chosen.value = to;
      }}
    >
      {to < index ? "←" : "→"}
    </button>
  );
  return (
    <>
      {exchanges.length > 1 && (
        <fieldset class="buttons">
          <legend class="visually-hidden">Requests</legend>
          {turn("Previous request", index - 1)}
          <span role="status">
            {index + 1} of {exchanges.length}
          </span>
          {turn("Next request", index + 1)}
          <span class="count">The component made several requests.</span>
        </fieldset>
      )}
      <ExchangeStory key={index} exchange={exchange} open />
    </>
  );
}

function ExchangeStory({ exchange, open }: { exchange: Exchange; open?: boolean }): JSX.Element {
  const { request, response, error } = exchange;
  return (
    <details class="exchange" open={open}>
      <summary>
        {request.method} {request.url}{" "}
        {response ? (
          <State of={response.status < 400 ? "delivered" : "failed"} words={String(response.status)} />
        ) : (
          <State of="failed" words={error?.code ?? "no response"} />
        )}{" "}
        {ms(exchange.duration_ms)} {exchange.fault != null && `struck by fault ${exchange.fault}`}
      </summary>
      <h4>Request to Destination</h4>
      <Headers pairs={request.headers} />
      <Body label="Request body" text={request.body} />
      <h4>Response from Destination</h4>
      {error && <p class="notice bad">{error.message}</p>}
      {response && (
        <>
          <Headers pairs={response.headers} />
          <Body label="Response body" text={response.body} />
        </>
      )}
    </details>
  );
}

const SECRET = /^(authorization|cookie|set-cookie|x-segment-settings|.*(key|token|secret).*)$/i;

/** Headers by their names; what may be secret only where it is asked for. */
export function Headers({ pairs }: { pairs: Pairs }): JSX.Element {
  return (
    <dl class="headers">
      {pairs.map(([name, value], index) => (
        <div key={name + String(index)}>
          <dt>{name}</dt>
          <dd>{!secrets.value && SECRET.test(name) ? "••••" : value}</dd>
        </div>
      ))}
    </dl>
  );
}
