// A function's code in the editor, with what its reload and the lint say of it, at the lines and as a list.

import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Code } from "./api.ts";
import { type CodeFile, codeFile } from "./codefile.ts";
import type { CodeEditor, Mark } from "./editor.ts";
import { Action, Command, counted, State } from "./parts.tsx";

interface Problem extends Mark {
  column: number;
  rule: string;
}

/** What keeps the code from loading, and what the lint finds, by lines. */
function problems(code: Code): Problem[] {
  const { error, error_line: line } = code;
  const failed: Problem[] = error
    ? [{ line: line ?? 1, column: 1, severity: "error", rule: "load", message: error }]
    : [];
  const others = code.findings.filter((each) => !(error && each.severity === "error" && each.line === line));
  return [...failed, ...others].sort((one, other) => one.line - other.line);
}

/** The code of a component, to be changed where the file is the partner's `own`. */
export function CodePane({ slug, own }: { slug: string; own: boolean }): JSX.Element {
  const file = codeFile(slug);
  const editor = useSignal<CodeEditor | null>(null);
  const comparing = useSignal(false);
  const failed = useSignal("");
  const host = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let gone = false;
    const open = async () => {
      const [{ CodeEditor }] = await Promise.all([import("./editor.ts"), file.read()]);
      const base = file.base.peek();
      if (gone || !host.current || !base) return;
      const made = new CodeEditor(host.current, {
        text: file.text.peek(),
        label: `Code in ${base.path}`,
        readOnly: !own,
        changed: (text) => {
          file.text.value = text;
        },
        save: () => void (own && file.save()),
      });
      file.onTake = (text) => made.take(text);
      editor.value = made;
    };
    open().catch((error: Error) => {
      failed.value = `The editor cannot be loaded: ${error.message}`;
    });
    const look = () => void file.read(); // where nothing watches the file, coming back does
    addEventListener("focus", look);
    return () => {
      gone = true;
      removeEventListener("focus", look);
      file.onTake = () => undefined;
      editor.peek()?.close();
    };
  }, []);
  useSignalEffect(() => {
    // While one types, the marks move with their lines.
    if (file.base.value && !file.dirty.peek()) editor.value?.mark(problems(file.base.value));
  });
  useSignalEffect(() => {
    const theirs = file.theirs.value;
    if (!theirs) comparing.value = false;
    editor.value?.compareWith(theirs && comparing.value ? theirs.text : null);
  });

  const base = file.base.value;
  return (
    <>
      <div class="bar">
        <code>{base?.path}</code>
        {own && <Action label="Save" primary run={() => file.save().then(() => undefined)} />}
        <span class="count">{file.dirty.value ? "● not saved" : "saved"}</span>
      </div>
      {failed.value && <p class="notice bad">{failed.value}</p>}
      {!own && (
        <div class="notice">
          This function belongs to segment-sandbox itself. For one of your own:
          <Command line="segment-sandbox init" />
        </div>
      )}
      {file.theirs.value && <Conflict file={file} comparing={comparing} />}
      <div class="code" ref={host} />
      <Spoken file={file} />
      {base && <Problems code={base} goTo={(line, column) => editor.peek()?.goTo(line, column)} />}
      <Command line={`segment-sandbox check ${base?.path ?? ""}`} />
      <p class="count">
        <kbd>Ctrl</kbd>/<kbd>⌘</kbd>+<kbd>S</kbd> saves, <kbd>Ctrl</kbd>/<kbd>⌘</kbd>+<kbd>F</kbd> searches;{" "}
        <kbd>Esc</kbd>, then <kbd>Tab</kbd>, leaves the editor. Any other editor may save the file as well.
      </p>
    </>
  );
}

function Spoken({ file }: { file: CodeFile }): JSX.Element {
  const said = file.said.value;
  const [first, ...more] = (said?.words ?? "").split("\n");
  return (
    <div role="status" class="spoken">
      {said && <State of={said.state} words={first} />}
      {more.length > 0 && <pre>{more.join("\n")}</pre>}
    </div>
  );
}

function Conflict({ file, comparing }: { file: CodeFile; comparing: { value: boolean } }): JSX.Element {
  return (
    <section class="notice bad" role="alert" aria-label="Conflict">
      <p>
        <b>
          <span aria-hidden="true">!</span> The file has changed on disk, and you have changed this text.
        </b>{" "}
        Nothing is lost until you choose.
      </p>
      <div class="buttons">
        <button type="button" onClick={() => file.takeTheirs()}>
          Take theirs
        </button>
        <button type="button" onClick={() => file.keepMine()}>
          Keep mine
        </button>
        <button
          type="button"
          aria-pressed={comparing.value}
          onClick={() => {
            comparing.value = !comparing.value;
          }}
        >
          Show difference
        </button>
      </div>
      {comparing.value && <p class="count">− is in the file, + is in the editor.</p>}
    </section>
  );
}

function Problems(props: { code: Code; goTo: (line: number, column: number) => void }): JSX.Element {
  const found = problems(props.code);
  return (
    <section aria-label="Problems">
      <h2>{found.length === 0 ? "No problems" : counted(found.length, "problem")}</h2>
      {props.code.state !== "ready" && (
        <p>
          <State of={props.code.state} />
        </p>
      )}
      <ul class="problems">
        {found.map((each) => (
          <li key={`${each.line}:${each.column}:${each.rule}`}>
            <button type="button" onClick={() => props.goTo(each.line, each.column)}>
              <State of={each.severity === "error" ? "failed" : "yellow"} words={each.severity} /> line{" "}
              {each.line}: {each.message.split("\n")[0]} <span class="count">{each.rule}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
