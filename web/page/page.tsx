// The Developer Center page: its frame, its keys, and which page of it is shown.

import { effect, signal } from "@preact/signals";
import { type JSX, render } from "preact";
import { unasked } from "./api.ts";
import { ComponentPage, Components } from "./components.tsx";
import { Debugger, followTail, move, replay, selectedSeq, togglePause } from "./debugger.tsx";
import { Deliveries } from "./deliveries.tsx";
import { connection, follow, health } from "./live.ts";
import { Overview } from "./overview.tsx";
import { Link, State } from "./parts.tsx";
import { go, path } from "./route.ts";
import { SettingsBuilder } from "./settings.tsx";
import { StoryPage } from "./story.tsx";
import { Tester, TestSuite } from "./tester.tsx";

const PAGES: [string, string, () => JSX.Element][] = [
  ["/", "Overview", Overview],
  ["/debugger", "Debugger", Debugger],
  ["/deliveries", "Deliveries", Deliveries],
  ["/components", "Components", Components],
  ["/tester", "Event Tester", Tester],
  ["/suite", "Test Suite", TestSuite],
  ["/settings", "Settings Builder", SettingsBuilder],
];

const KEYS: [string, string][] = [
  ["j", "next, older event"],
  ["k", "previous, newer event"],
  ["/", "search"],
  ["p", "pause or resume the list"],
  ["g", "go to the newest and follow"],
  ["r", "replay the selected event"],
  ["t", "light or dark"],
  ["?", "show or hide the keys"],
];

const theme = signal(localStorage.getItem("theme") ?? "");
const helpOpen = signal(false);
const told = signal("");

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  localStorage.setItem("theme", theme.value);
});

function toggleTheme(): void {
  const dark = theme.peek() ? theme.peek() === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  theme.value = dark ? "light" : "dark";
}

function replaySelected(): void {
  const seq = selectedSeq();
  if (!seq) return;
  void replay(seq).then(
    (said) => {
      told.value = said;
    },
    (error: Error) => {
      told.value = error.message;
    },
  );
}

function focusSearch(): void {
  document.getElementById("search")?.focus();
}

function search(): void {
  if (path.peek() === "/debugger") focusSearch();
  else {
    go("/debugger");
    requestAnimationFrame(focusSearch); // once the box is there
  }
}

const ACTIONS: Record<string, () => void> = {
  j: () => move(1),
  k: () => move(-1),
  "/": search,
  p: togglePause,
  g: followTail,
  r: replaySelected,
  t: toggleTheme,
  "?": () => {
    helpOpen.value = !helpOpen.value;
  },
};

addEventListener("keydown", (event) => {
  const target = event.composedPath()[0] as HTMLElement; // within the code editor as well
  if (event.key === "Escape") {
    helpOpen.value = false;
    if (!target.isContentEditable) target.blur(); // the editor does more with it
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
  const act = ACTIONS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

const CONNECTIONS = {
  connecting: ["pending", "connecting"],
  live: ["ready", "connected"],
  lost: ["stopped", "not connected; trying again"],
} as const;

function Connection(): JSX.Element {
  const [state, words] = CONNECTIONS[connection.value];
  return (
    <span role="status" id="connection">
      <State of={state} words={words} />
    </span>
  );
}

function shownPage(): JSX.Element {
  const event = path.value.match(/^\/event\/(\d+)$/);
  if (event) return <StoryPage seq={Number(event[1])} />;
  const component = path.value.match(/^\/components\/([^/]+)$/)?.[1];
  if (component) return <ComponentPage key={component} slug={decodeURIComponent(component)} />;
  const Page = PAGES.find(([to]) => to === path.value)?.[2] ?? Overview;
  return <Page />;
}

function App(): JSX.Element {
  return (
    <>
      <header>
        <span class="brand">segment-sandbox</span>
        <nav aria-label="Pages">
          {PAGES.map(([to, name]) => (
            <Link
              key={to}
              to={to}
              current={path.value === to || (to !== "/" && path.value.startsWith(`${to}/`))}
            >
              {name}
            </Link>
          ))}
        </nav>
        <Connection />
        {health.value && health.value.pending > 0 && (
          <span class="count">{health.value.pending} under way</span>
        )}
        <span role="status">{told.value}</span>
        <button type="button" onClick={toggleTheme} aria-label="Light or dark">
          ◐
        </button>
        <button type="button" onClick={ACTIONS["?"]} aria-label="Keys" aria-expanded={helpOpen.value}>
          ?
        </button>
      </header>
      {helpOpen.value && (
        <section class="help" aria-label="Keys">
          <dl class="facts">
            {KEYS.flatMap(([key, does]) => [
              <dt key={key}>
                <kbd>{key}</kbd>
              </dt>,
              <dd key={does}>{does}</dd>,
            ])}
          </dl>
        </section>
      )}
      <main>{shownPage()}</main>
    </>
  );
}

const root = document.getElementById("app");
if (root) render(<App />, root);
unasked(follow());
