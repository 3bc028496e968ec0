// The code editor, CodeMirror 6, in a script of its own that is loaded with the first component that is opened.
//
// It lives in a shadow root: there CodeMirror adopts its style sheets through the DOM, which the page's strict
// Content-Security-Policy allows, while the <style> elements it puts into a document's head would be refused.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { unifiedMergeView } from "@codemirror/merge";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, RangeSet, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  GutterMarker,
  gutter,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** What is wrong at a line, which counts from 1. */
export interface Mark {
  line: number;
  severity: "error" | "warning";
  message: string;
}

/** What the editor is given, and what it tells the page. */
export interface Options {
  text: string;
  label: string;
  readOnly: boolean;
  changed(text: string): void;
  save(): void;
}

const SIGNS = { error: "✕", warning: "!" } as const;

class MarkSign extends GutterMarker {
  constructor(readonly mark: Mark) {
    super();
  }

  override eq(other: MarkSign): boolean {
    return this.mark.severity === other.mark.severity && this.mark.message === other.mark.message;
  }

  override toDOM(): Node {
    const sign = document.createElement("span");
    sign.className = `sign ${this.mark.severity}`;
    sign.textContent = SIGNS[this.mark.severity];
    sign.title = `${this.mark.severity}: ${this.mark.message}`;
    return sign;
  }
}

interface Marks {
  signs: RangeSet<GutterMarker>;
  lines: DecorationSet;
}

const setMarks = StateEffect.define<readonly Mark[]>();
const NO_MARKS: Marks = { signs: RangeSet.empty, lines: Decoration.none };

/** Where the marks are: they move with their lines while one types. */
const marksField = StateField.define<Marks>({
  create: () => NO_MARKS,
  update(marks, transaction) {
    let { signs, lines } = marks;
    signs = signs.map(transaction.changes);
    lines = lines.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) return marked(transaction.state, effect.value);
    }
    return { signs, lines };
  },
  provide: (field) => EditorView.decorations.from(field, (marks) => marks.lines),
});

function marked(state: EditorState, marks: readonly Mark[]): Marks {
  const there = marks.map((mark) => ({ mark, from: state.doc.line(lineOf(state, mark.line)).from }));
  const worst = new Map<number, Mark>();
  for (const { mark, from } of there) {
    if (worst.get(from)?.severity !== "error") worst.set(from, mark);
  }
  const each = [...worst].sort(([one], [other]) => one - other);
  return {
    signs: RangeSet.of(each.map(([from, mark]) => new MarkSign(mark).range(from))),
    lines: Decoration.set(
      each.map(([from, mark]) => Decoration.line({ class: `marked ${mark.severity}` }).range(from)),
    ),
  };
}

function lineOf(state: EditorState, line: number): number {
  return Math.min(Math.max(1, line), state.doc.lines);
}

/**
 * Types over a selection without the browser, which would keep the look of what was selected in a style attribute, and
 * be refused that by the Content-Security-Policy.
 */
const typeOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const plain = event.inputType === "insertText" && event.data !== null && !event.isComposing;
    if (!plain || view.state.readOnly || view.state.selection.main.empty) return false;
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  },
});

/** All colours are the page's, which reach into the shadow root and change with light and dark. */
const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--raised)", fontSize: "13px" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "ui-monospace, monospace", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": {
    backgroundColor: "var(--back)",
    color: "var(--soft)",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--text)", fontWeight: "600" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--selected)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--selected)" },
  ".cm-searchMatch": { backgroundColor: "var(--selected)", outline: "1px solid var(--line)" },
  ".cm-searchMatch-selected": { outline: "2px solid var(--accent)" },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--selected)",
    outline: "1px solid var(--line)",
  },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "transparent", textDecoration: "underline wavy" },
  ".marks": { width: "1.3em", textAlign: "center" },
  ".sign": { fontWeight: "700", cursor: "help" },
  ".sign.error": { color: "var(--bad)" },
  ".sign.warning": { color: "var(--warn)" },
  ".cm-line.marked": {
    textDecorationLine: "underline",
    textDecorationStyle: "wavy",
    textDecorationThickness: "1px",
  },
  ".cm-line.marked.error": { textDecorationColor: "var(--bad)" },
  ".cm-line.marked.warning": { textDecorationColor: "var(--warn)" },
  ".cm-panels": { backgroundColor: "var(--back)", color: "var(--text)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-panel.cm-search label": { fontSize: "100%" },
  ".cm-textfield, .cm-button": { fontSize: "100%" },
  ".cm-textfield": { backgroundColor: "var(--raised)", border: "1px solid var(--line)", color: "inherit" },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--raised)",
    border: "1px solid var(--line)",
    borderRadius: "0.4rem",
    color: "inherit",
  },
  ".cm-panel.cm-search [name=close]": { color: "var(--text)" },
  ".cm-deletedChunk": { backgroundColor: "var(--back)", padding: "0 6px" },
  ".cm-deletedChunk .cm-deletedLine::before": { content: '"− "', color: "var(--bad)", fontWeight: "700" },
  ".cm-deletedChunk .cm-deletedText": {
    background: "none",
    color: "var(--bad)",
    textDecoration: "line-through",
  },
  ".cm-changedLine, &.cm-merge-b .cm-changedLine": { backgroundColor: "var(--selected)" },
  ".cm-line.cm-changedLine::before": { content: '"+ "', color: "var(--good)", fontWeight: "700" },
  "&.cm-merge-b .cm-changedText": { background: "none", borderBottom: "2px solid var(--good)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.regexp, tags.special(tags.string)], color: "var(--warn)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--good)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  {
    tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.propertyName)],
    fontWeight: "600",
  },
  { tag: tags.invalid, color: "var(--bad)" },
]);

/** Marks the page's own changes, which are no typing. */
const ours = Annotation.define<boolean>();

/** The text with lines that end as CodeMirror's do. */
function withPlainEnds(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}

function lineEndOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** The editor in the page. */
export class CodeEditor {
  private readonly view: EditorView;
  /** How the lines of the file end, which stays as it is. */
  private lineEnd: string;
  private readonly difference = new Compartment();

  constructor(host: HTMLElement, options: Options) {
    const saved = () => {
      options.save();
      return true;
    };
    this.lineEnd = lineEndOf(options.text);
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    this.view = new EditorView({
      root,
      parent: root as unknown as Element,
      state: EditorState.create({
        doc: withPlainEnds(options.text),
        extensions: [
          lineNumbers(),
          gutter({ class: "marks", markers: (view) => view.state.field(marksField).signs }),
          marksField,
          history(),
          drawSelection(),
          highlightSpecialChars(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          highlightSelectionMatches(),
          indentOnInput(),
          indentUnit.of("  "),
          bracketMatching(),
          search({ top: true }),
          javascript(),
          syntaxHighlighting(colours),
          theme,
          typeOver,
          this.difference.of([]),
          EditorState.readOnly.of(options.readOnly),
          EditorView.contentAttributes.of({
            "aria-label": options.label,
            spellcheck: "false",
            tabindex: "0",
          }),
          keymap.of([
            { key: "Mod-s", preventDefault: true, run: saved },
            ...searchKeymap,
            ...defaultKeymap,
            ...historyKeymap,
            indentWithTab, // Escape, then Tab, leaves: CodeMirror sees to that
          ]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((each) => each.annotation(ours))) {
              options.changed(update.state.doc.toString().replaceAll("\n", this.lineEnd));
            }
          }),
        ],
      }),
    });
  }

  /** Put another text in the place of this one, changing only what differs, so that the cursor stays in its place. */
  take(theirs: string): void {
    this.lineEnd = lineEndOf(theirs);
    const text = withPlainEnds(theirs);
    const old = this.view.state.doc.toString();
    let from = 0;
    while (from < old.length && from < text.length && old[from] === text[from]) from += 1;
    let tail = 0;
    const room = Math.min(old.length, text.length) - from;
    while (tail < room && old[old.length - 1 - tail] === text[text.length - 1 - tail]) tail += 1;
    this.view.dispatch({
      changes: { from, to: old.length - tail, insert: text.slice(from, text.length - tail) },
      annotations: ours.of(true),
    });
  }

  /** Mark these lines and no others. */
  mark(marks: readonly Mark[]): void {
    this.view.dispatch({ effects: setMarks.of(marks) });
  }

  /** Go to a line, which counts from 1. */
  goTo(line: number, column = 1): void {
    const { from, to } = this.view.state.doc.line(lineOf(this.view.state, line));
    const at = Math.min(to, from + Math.max(0, column - 1));
    this.view.dispatch({
      selection: { anchor: at },
      effects: EditorView.scrollIntoView(at, { y: "center" }),
    });
    this.view.focus();
  }

  /** Show within the text how it differs from another one; null shows it alone again. */
  compareWith(other: string | null): void {
    const shown =
      other === null ? [] : unifiedMergeView({ original: withPlainEnds(other), mergeControls: false });
    this.view.dispatch({ effects: this.difference.reconfigure(shown) });
  }

  close(): void {
    this.view.destroy();
  }
}
