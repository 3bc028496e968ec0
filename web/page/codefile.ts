// A function's code as the page has it: read from the partner's own file, changed, saved, and taken over when the file
// changes on disk. It outlives the page that shows it, so that going elsewhere loses nothing that was typed.

import { computed, signal } from "@preact/signals";
import { ask, type Change, type Code } from "./api.ts";
import { hear } from "./live.ts";

/** How a save or a change on disk went, as a state and in words. */
export interface Said {
  state: string;
  words: string;
}

/** How long a save waits for its reload, which does not come with `--no-reload`, in ms. */
const RELOAD_MS = 5_000;

export class CodeFile {
  /** What was read or written last: what the text is changed from. */
  readonly base = signal<Code | null>(null);
  readonly text = signal("");
  /** What is on disk, where both that and the text have changed. */
  readonly theirs = signal<Code | null>(null);
  readonly said = signal<Said | null>(null);
  readonly dirty = computed(() => this.base.value !== null && this.text.value !== this.base.value.text);
  /** Is told of a text that did not come from typing. */
  onTake: (text: string) => void = () => undefined;

  private order: Promise<void> = Promise.resolve();
  private awaited: { promise: Promise<void>; came: () => void } | null = null;

  constructor(readonly slug: string) {}

  /** Look at what is on disk, and take it over unless there are changes that are not saved. */
  read(): Promise<void> {
    return this.inTurn(async () => this.meet(await this.onDisk()));
  }

  /** Save to the file, unless it has changed meanwhile; then both are kept until somebody chooses. */
  save(): Promise<void> {
    return this.inTurn(async () => {
      const text = this.text.peek();
      this.meet(await this.onDisk()); // what stands there instead is found before it is written, not refused after
      const base = this.base.peek();
      if (!base || this.theirs.peek()) {
        this.said.value = { state: "failed", words: "Not saved: the file has changed on disk." };
        return;
      }
      if (text === base.text) {
        this.said.value = { state: "ready", words: "Nothing to save." };
        return;
      }
      this.said.value = { state: "pending", words: "Saving." };
      this.awaitReload();
      try {
        const written = await ask<Code>(this.path, "PUT", { text, version: base.version });
        this.base.value = { ...base, text, version: written.version };
        this.say("pending", `Saved to ${base.path}; it is loaded.`, "Saving.");
      } catch (error) {
        this.awaited?.came();
        throw error;
      }
    });
  }

  /** Drop what was typed for what is on disk. */
  takeTheirs(): void {
    const theirs = this.theirs.peek();
    if (theirs) this.take(theirs, "Taken over from the file.");
  }

  /** Keep what was typed; the next save writes it over what is on disk. */
  keepMine(): void {
    const theirs = this.theirs.peek();
    if (!theirs) return;
    this.base.value = theirs;
    this.theirs.value = null;
    this.said.value = {
      state: "pending",
      words: "Yours is kept; saving writes it over what is in the file.",
    };
  }

  /** Wait until the last save is what runs. */
  async loaded(): Promise<void> {
    await this.order;
    await this.awaited?.promise;
  }

  /** Hear of a reload of the file. */
  async reloaded(change: Change): Promise<void> {
    await this.read();
    this.said.value = change.error
      ? { state: "failed", words: `Not reloaded: ${change.error}` }
      : { state: "ready", words: `Reloaded in ${change.took_ms} ms.` };
    this.awaited?.came();
  }

  private get path(): string {
    return `/components/${this.slug}/code`;
  }

  private onDisk(): Promise<Code> {
    return ask<Code>(this.path);
  }

  /** Have one thing at a time done with the file. */
  private inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.order.then(step).catch((error: Error) => {
      this.said.value = { state: "failed", words: error.message };
    });
    this.order = done;
    return done;
  }

  private meet(found: Code): void {
    const base = this.base.peek();
    if (!base) this.take(found);
    else if (found.version === base.version || found.text === this.text.peek()) {
      this.base.value = found;
      this.theirs.value = null;
    } else if (this.dirty.peek()) this.theirs.value = found;
    else this.take(found, "The file has changed on disk; this is what it has now.");
  }

  private take(found: Code, words?: string): void {
    this.base.value = found;
    this.theirs.value = null;
    this.text.value = found.text;
    this.onTake(found.text);
    if (words) this.said.value = { state: "ready", words };
  }

  private awaitReload(): void {
    let came: () => void = () => undefined;
    const promise = new Promise<void>((resolve) => {
      came = resolve;
    });
    const late = setTimeout(() => {
      this.say(
        "paused",
        "Saved. No reload came: with --no-reload it runs from the next start on.",
        "Saved to",
      );
      came();
    }, RELOAD_MS);
    this.awaited = {
      promise,
      came: () => {
        clearTimeout(late);
        came();
      },
    };
  }

  /** Say the next thing, unless something else has been said since. */
  private say(state: string, words: string, after: string): void {
    if (this.said.peek()?.words.startsWith(after)) this.said.value = { state, words };
  }
}

const files = new Map<string, CodeFile>();

/** The file of a component's code; the same one each time. */
export function codeFile(slug: string): CodeFile {
  const file = files.get(slug) ?? new CodeFile(slug);
  files.set(slug, file);
  return file;
}

hear((change) => {
  if (change.kind !== "reload") return;
  for (const file of files.values()) {
    if (change.what === "workspace")
      void file.read(); // its code may be another file now
    else if (change.what === "function" && file.base.peek()?.path === change.path) void file.reloaded(change);
  }
});

addEventListener("beforeunload", (event) => {
  if ([...files.values()].some((each) => each.dirty.peek())) event.preventDefault(); // the browser asks
});
