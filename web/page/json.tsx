// JSON as a tree that opens and closes, and as text.

import type { JSX } from "preact";
import { type Difference, differences } from "./diff.ts";

const OPEN_DEPTH = 2;

export function Tree({
  value,
  name,
  depth = 0,
}: {
  value: unknown;
  name?: string;
  depth?: number;
}): JSX.Element {
  const label = name === undefined ? null : <span class="key">{name}: </span>;
  if (value === null || typeof value !== "object") {
    return (
      <div class="leaf">
        {label}
        <span class={value === null ? "null" : typeof value}>{JSON.stringify(value) ?? "undefined"}</span>
      </div>
    );
  }
  const entries = Object.entries(value);
  const size = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  return (
    <details class="tree" open={depth < OPEN_DEPTH}>
      <summary>
        {label}
        <span class="size">{size}</span>
      </summary>
      {entries.map(([key, each]) => (
        <Tree key={key} name={key} value={each} depth={depth + 1} />
      ))}
    </details>
  );
}

/** A body: JSON with indentation where it is JSON, else as it came. */
export function Body({ text, label }: { text: string | undefined; label: string }): JSX.Element | null {
  if (!text) return null;
  return <Text text={indented(text)} label={label} />;
}

/** Text that may be long; it can be scrolled with the keyboard. */
export function Text({ text, label }: { text: string; label: string }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section class="text" tabIndex={0} aria-label={label}>
      <pre>{text}</pre>
    </section>
  );
}

/** What differs between two values: signs and words in front, so that the colour only adds to them. */
export function Diff({
  before,
  after,
  same,
}: {
  before: unknown;
  after: unknown;
  same: string;
}): JSX.Element {
  const found = differences(before, after);
  if (found.length === 0) return <p class="empty">{same}</p>;
  return (
    <ul class="diff">
      {found.map((each) => (
        <DiffLine key={each.path} of={each} />
      ))}
    </ul>
  );
}

function DiffLine({ of: { path, before, after } }: { of: Difference }): JSX.Element {
  return (
    <li>
      {before !== undefined && (
        <div class="bad">
          <span aria-hidden="true">−</span> <span class="visually-hidden">before:</span> {path}: {before}
        </div>
      )}
      {after !== undefined && (
        <div class="good">
          <span aria-hidden="true">+</span> <span class="visually-hidden">after:</span> {path}: {after}
        </div>
      )}
    </li>
  );
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
