// The components: their list, and for each what belongs together: a function's code beside its test, and a webhook's
// endpoint, headers and settings as they are sent.

import type { JSX } from "preact";
import type { Destination, Workspace } from "./api.ts";
import { CodePane } from "./code.tsx";
import { workspace } from "./live.ts";
import { Command, Link, State } from "./parts.tsx";
import { query } from "./route.ts";
import { TestPane } from "./trial.tsx";
import { LastSent } from "./wire.tsx";

interface Listed {
  slug: string;
  kind: string;
  target: string;
  state: string;
  /** Those that run it, the enabled ones. */
  destinations: Destination[];
  /** Where a source function listens. */
  url: string | null;
}

function listed(space: Workspace): Listed[] {
  const enabled = space.destinations.filter((each) => each.enabled);
  const app = space.components.map(({ name, target }) => {
    const destinations = enabled.filter((each) => each.kind === name);
    const state = destinations.find((each) => each.state !== "paused")?.state ?? "ready";
    return { slug: name, kind: `subscription ${name}`, target, state, destinations, url: null };
  });
  const own = space.functions.map(({ slug, kind, code, state, url }) => ({
    ...{ slug, kind, target: code, state, url },
    destinations: enabled.filter(
      (each) =>
        each.insert_function === slug || (each.kind === "destination function" && each.target === code),
    ),
  }));
  return [...app, ...own];
}

export function Components(): JSX.Element {
  const space = workspace.value;
  const all = space ? listed(space) : [];
  return (
    <>
      <h1>Components</h1>
      {space && all.length === 0 && (
        <p class="notice">
          The workspace file has no component: add <code>[app.components.function]</code> or{" "}
          <code>[app.components.webhook]</code>.
        </p>
      )}
      <div class="scrolls">
        <table>
          <caption class="visually-hidden">Components</caption>
          <thead>
            <tr>
              <th>component</th>
              <th>kind</th>
              <th>code or endpoint</th>
              <th>destinations</th>
              <th>state</th>
            </tr>
          </thead>
          <tbody>
            {all.map((each) => (
              <tr key={each.slug}>
                <td>
                  <Link to={`/components/${each.slug}`}>{each.slug}</Link>
                </td>
                <td>{each.kind}</td>
                <td>
                  <code>{each.target}</code>
                </td>
                <td>{each.destinations.map(({ slug }) => slug).join(", ") || "none"}</td>
                <td>
                  <State of={each.state} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Command line={`curl ${location.origin}/_sandbox/workspace`} />
    </>
  );
}

/** One component, by its slug. */
export function ComponentPage({ slug }: { slug: string }): JSX.Element {
  const space = workspace.value;
  if (!space) return <p>Reading what runs here.</p>;
  const found = listed(space).find((each) => each.slug === slug);
  if (!found) {
    return (
      <p class="notice bad">
        There is no component {slug}. <Link to="/components">Those that there are</Link>
      </p>
    );
  }
  const asked = query.value.get("destination");
  const to = (found.destinations.find((each) => each.slug === asked) ?? found.destinations[0])?.slug ?? "";
  return (
    <>
      <h1>
        <Link to="/components">Components</Link> / {slug} <span class="count">{found.kind}</span>
      </h1>
      <div class="workbench">
        <section aria-label={slug === "webhook" ? "Endpoint" : "Code"}>
          {slug === "webhook" ? (
            <LastSent endpoint={found.target} destination={to} />
          ) : (
            <CodePane slug={slug} own={space.file !== null} />
          )}
        </section>
        <section aria-label="Test">
          {found.url ? (
            <SourceFunction url={found.url} />
          ) : (
            <TestPane slug={slug} destinations={found.destinations.map((each) => each.slug)} to={to} />
          )}
        </section>
      </div>
    </>
  );
}

/** What runs a source function is a request of somebody else's. */
function SourceFunction({ url }: { url: string }): JSX.Element {
  return (
    <>
      <h2>Test</h2>
      <p>A request to its address runs it; what it sends is in the Debugger.</p>
      <Command line={`curl ${url} -d '{"hello": "world"}'`} />
      <Link to="/debugger">Debugger</Link>
    </>
  );
}
