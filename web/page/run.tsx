// The run of a source function: what called it, what it did, and when it is tried again.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { ask, type Pairs, type Run } from "./api.ts";
import { Body, Tree } from "./json.tsx";
import { stateOfRun } from "./live.ts";
import { Command, counted, Link, ms, State, time } from "./parts.tsx";
import { asShown, Secrets } from "./secrets.tsx";
import { Headers, RunStory } from "./story.tsx";

interface Invocation extends Run {
  seq: number;
  kind: string;
  function: string;
  attempt: number;
  retry_of: number | null;
  state: string;
  reason: string | null;
  detail: string | null;
  next_attempt_at: string | null;
  duration_ms: number;
  request: { headers: Pairs; query: string; body?: string; body_base64?: string };
  messages: [number, number] | null;
  objects: unknown[];
}

/** A source function's run, read from the changes, of which the sandbox keeps the newest thousand runs. */
export function RunDetail({ seq }: { seq: number }): JSX.Element {
  const run = useSignal<Invocation | null>(null);
  const problem = useSignal("");
  const path = asShown(`/changes?after=${seq - 1}&limit=1`);
  useEffect(() => {
    let current = true;
    run.value = null;
    problem.value = "";
    void ask<{ changes: Invocation[] }>(path)
      .then(({ changes: [found] }) => {
        if (!current) return;
        if (found?.seq === seq && found.kind === "invocation") run.value = found;
        else
          problem.value =
            "The sandbox no longer has this run: it keeps the newest 1,000. Call the function again.";
      })
      .catch((error: Error) => {
        if (current) problem.value = error.message;
      });
    return () => {
      current = false;
    };
  }, [path]);
  return (
    <>
      {problem.value && <p class="notice bad">{problem.value}</p>}
      {run.value && <Secrets />}
      {run.value && <Told run={run.value} />}
      <Command line={`curl '${location.origin}/_sandbox${path}'`} />
    </>
  );
}

function Told({ run }: { run: Invocation }): JSX.Element {
  const { request } = run;
  return (
    <>
      <h2>
        function {run.function}, attempt {run.attempt}
      </h2>
      <p>
        <State of={stateOfRun(run)} words={run.state} /> {run.reason} {ms(run.duration_ms)}
      </p>
      {run.detail && (
        <p class="notice">
          {run.detail}
          {run.next_attempt_at && ` Attempt ${run.attempt + 1} comes at ${time(run.next_attempt_at)}.`}
        </p>
      )}
      {run.retry_of !== null && (
        <p>
          Another attempt of <Link to={`/debugger?event=${run.retry_of}`}>the call {run.retry_of}</Link>
        </p>
      )}
      <Made run={run} />
      <RunStory run={run} />
      {run.objects.length > 0 && (
        <details>
          <summary>{counted(run.objects.length, "object")} of Segment.set</summary>
          <Tree value={run.objects} />
        </details>
      )}
      <details open>
        <summary>The request that called it{request.query && `, with the query ${request.query}`}</summary>
        <Headers pairs={request.headers} />
        <Body label="Body of the call" text={request.body ?? request.body_base64} />
      </details>
    </>
  );
}

function Made({ run: { messages } }: { run: Invocation }): JSX.Element | null {
  if (!messages) return null;
  const [first, last] = messages;
  return (
    <p>
      It made <Link to={`/debugger?q=seq:${first}..${last}`}>{counted(last - first + 1, "event")}</Link>
    </p>
  );
}
