// Small parts that every page uses.

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { go } from "./route.ts";

const SIGNS = new Map(
  Object.entries<[string, string]>({
    delivered: ["✓", "good"],
    accepted: ["→", "good"],
    green: ["✓", "good"],
    ready: ["✓", "good"],
    yellow: ["!", "warn"],
    paused: ["‖", "warn"],
    pending: ["…", "calm"],
    started: ["…", "calm"],
    awaiting_retry: ["↻", "warn"],
    duplicate: ["=", "calm"],
    filtered: ["∅", "calm"],
    filtered_at_source: ["∅", "calm"],
    disabled: ["○", "calm"],
  }),
);

/** A state as a sign and a word; the colour only adds to them. */
export function State({ of, words }: { of: string; words?: string }): JSX.Element {
  const [sign, tone] = SIGNS.get(of) ?? ["✕", "bad"];
  return (
    <span class={`state ${tone}`}>
      <span aria-hidden="true">{sign}</span> {words ?? of.replaceAll("_", " ")}
    </span>
  );
}

/** A link within the page. */
export function Link(props: {
  to: string;
  children: ComponentChildren;
  class?: string;
  current?: boolean;
  label?: string;
}): JSX.Element {
  return (
    <a
      href={props.to}
      class={props.class}
      aria-label={props.label}
      aria-current={props.current ? "page" : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(props.to);
      }}
    >
      {props.children}
    </a>
  );
}

/** Copies a text, and says so. */
export function Copy({ text, what }: { text: string; what: string }): JSX.Element {
  const copied = useSignal(false);
  return (
    <button
      type="button"
      class="small"
      aria-label={`Copy ${what}`}
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => {
          copied.value = true;
        });
      }}
    >
      {copied.value ? "Copied" : "Copy"}
    </button>
  );
}

/** The command that does the same as a control of the page. */
export function Command({ line, shown }: { line: string; shown?: string }): JSX.Element {
  return (
    <div class="command">
      <code>{shown ?? line}</code>
      <Copy text={line} what="the command" />
    </div>
  );
}

/** A button for something that takes a while and may be refused. */
export function Action(props: {
  label: string;
  run: () => Promise<string | undefined>;
  command?: string;
  primary?: boolean;
}): JSX.Element {
  const busy = useSignal(false);
  const said = useSignal("");
  const act = async () => {
    busy.value = true;
    said.value = "";
    try {
      said.value = (await props.run()) ?? "";
    } catch (error) {
      said.value = error instanceof Error ? error.message : String(error);
    }
    busy.value = false;
  };
  return (
    <span class="action">
      <button
        type="button"
        class={props.primary ? "primary" : ""}
        disabled={busy.value}
        title={props.command}
        onClick={() => void act()}
      >
        {props.label}
      </button>
      <span role="status">{said.value}</span>
    </span>
  );
}

/** A box to tick. */
export function Check(props: {
  checked: boolean;
  change: (checked: boolean) => void;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <label>
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.change(event.currentTarget.checked)}
      />{" "}
      {props.children}
    </label>
  );
}

/** A write key or a line with one, with all but the ends of the key hidden. */
export function masked(text: string, key: string): string {
  return key.length > 8 ? text.replaceAll(key, `${key.slice(0, 4)}…${key.slice(-4)}`) : text;
}

/** Text in the terminal's single quotes. */
export function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The time of day of a moment, with milliseconds. */
export function time(at: string): string {
  return at.slice(11, 23);
}

export function ms(value: number | null | undefined): string {
  if (value == null) return "";
  return value < 10_000 ? `${Math.round(value * 10) / 10} ms` : span(value);
}

/** A span of time in its two largest units, as people say it. */
export function span(value: number): string {
  const seconds = Math.round(value / 1_000);
  if (seconds < 1) return `${Math.round(value)} ms`;
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : []))
    .join(" ");
}

const PLURALS: Record<string, string> = { delivery: "deliveries" };

/** A number with its noun: `1 event`, `2 events`. */
export function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : (PLURALS[noun] ?? `${noun}s`)}`;
}
