// The Settings Builder: the App's settings, how the customer sees them, and what the sandbox's destinations give.

import { computed, signal, useSignalEffect } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { ask, Refused } from "./api.ts";
import { workspace } from "./live.ts";
import { Action, Command, Copy, counted, quoted, State } from "./parts.tsx";
import { query, set } from "./route.ts";

type Value = string | number | boolean | string[] | Record<string, string> | null;

interface Setting {
  label: string;
  key: string;
  description: string;
  type: string;
  required: boolean;
  sensitive: boolean;
  options: string[];
  pattern: string;
  default: Value;
  shown_for: string[];
}

interface Destination {
  slug: string;
  source: string;
  enabled: boolean;
  values: Record<string, Value>;
}

interface Settings {
  component: string;
  path: string | null;
  version: string | null;
  settings: Setting[];
  destinations: Destination[];
}

interface Mistake {
  at: (string | number)[];
  message: string;
}

/** A setting in the list; `fresh` ones have no key of their own yet, it follows the label. */
interface Card {
  id: number;
  fresh: boolean;
  setting: Setting;
}

const API_KEY = "apiKey";
const TYPES = ["string", "boolean", "number", "array", "map", "select"];
const COMPONENTS = ["function", "webhook"];

const read = signal<Settings | null>(null);
const problem = signal("");
const cards = signal<Card[]>([]);
const chosen = signal(0);
/** What destinations shall give, by slug and key, where it differs from what they give now. */
const values = signal<Record<string, Record<string, Value>>>({});
const mistakes = signal<Mistake[]>([]);
const stale = signal(false);
const written = signal<{ before: unknown } | null>(null);
let lastId = 0;

const settings = computed(() => cards.value.map((each) => each.setting));
const dirty = computed(
  () =>
    JSON.stringify(settings.value) !== JSON.stringify(read.value?.settings ?? []) ||
    Object.values(values.value).some((each) => Object.keys(each).length > 0),
);

async function readSettings(component: string): Promise<void> {
  try {
    begin(await ask<Settings>(`/components/${component}/settings`));
    problem.value = "";
  } catch (error) {
    problem.value = (error as Error).message;
  }
}

function begin(found: Settings): void {
  const ids = new Map(cards.value.map((each) => [each.setting.key, each.id]));
  read.value = found;
  cards.value = found.settings.map((setting) => ({
    id: ids.get(setting.key) ?? ++lastId,
    fresh: false,
    setting,
  }));
  if (!cards.value.some((each) => each.id === chosen.value)) chosen.value = cards.value[0]?.id ?? 0;
  values.value = {};
  mistakes.value = [];
  stale.value = false;
}

function path(component: string): string {
  return `/components/${component}/settings`;
}

function order(): { version: string | null; settings: Setting[]; values: typeof values.value } {
  const types = new Map(settings.value.map((each) => [each.key, each.type]));
  const given = Object.entries(values.value).map(([slug, each]) => [
    slug,
    Object.fromEntries(Object.entries(each).map(([key, value]) => [key, typed(types.get(key), value)])),
  ]);
  return {
    version: read.value?.version ?? null,
    settings: settings.value.map((each) => ({ ...each, default: typed(each.type, each.default) })),
    values: Object.fromEntries(given),
  };
}

/** A number is kept as the text that it is while it is being written; here it becomes one. */
function typed(type: string | undefined, value: Value): Value {
  const number = type === "number" && typeof value === "string" && value.trim() ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : value;
}

async function save(component: string): Promise<undefined> {
  written.value = null;
  mistakes.value = [];
  const before = workspace.peek();
  try {
    begin(await ask<Settings>(path(component), "PUT", order()));
    written.value = { before };
  } catch (error) {
    const found = error instanceof Refused ? (error.answer.mistakes as Mistake[] | undefined) : undefined;
    stale.value = error instanceof Refused && error.code === "changed_meanwhile";
    if (!found) throw error;
    mistakes.value = found;
    const first = found.find((each) => each.at[0] === "settings" && typeof each.at[1] === "number");
    const card = cards.peek()[Number(first?.at[1])];
    if (card) chosen.value = card.id;
  }
  return undefined;
}

/** The key that a label makes, as Segment's builder does: words of letters and digits, joined in camelCase. */
export function keyOf(label: string): string {
  const plain = label.normalize("NFKD").replace(/[^\p{ASCII}]/gu, "");
  const words = (plain.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g) ?? []).map((word) => word.toLowerCase());
  return words.map((word, at) => (at === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join("");
}

function change(id: number, changes: Partial<Setting>): void {
  cards.value = cards.value.map((each) => {
    if (each.id !== id) return each;
    const setting = { ...each.setting, ...changes };
    if (each.fresh) setting.key = keyOf(setting.label);
    return { ...each, setting };
  });
}

/** Give a setting another type; what only the old one has goes. */
function changeType(id: number, setting: Setting, type: string): void {
  change(id, {
    type,
    default: null,
    pattern: type === "string" ? setting.pattern : "",
    options: type === "select" ? setting.options : [],
  });
}

function add(): void {
  const setting: Setting = {
    label: "",
    key: "",
    description: "",
    type: "string",
    required: false,
    sensitive: false,
    options: [],
    pattern: "",
    default: null,
    shown_for: COMPONENTS,
  };
  const card = { id: ++lastId, fresh: true, setting };
  cards.value = [...cards.value, card];
  mistakes.value = [];
  chosen.value = card.id;
  focusOn("setting-label");
}

function remove(index: number): void {
  cards.value = cards.value.filter((_, at) => at !== index);
  mistakes.value = [];
  const next = cards.value[Math.min(index, cards.value.length - 1)];
  chosen.value = next?.id ?? 0;
  if (next) focusOn(`setting-${next.id}`);
}

/** Put a setting one place up or down; the button that did so keeps the focus where it still can be pressed. */
function shift(index: number, step: 1 | -1): void {
  const list = [...cards.value];
  const [card] = list.splice(index, 1);
  if (!card) return;
  list.splice(index + step, 0, card);
  cards.value = list;
  mistakes.value = [];
  const end = index + step === (step === 1 ? list.length - 1 : 1);
  focusOn(end ? `setting-${card.id}` : `setting-${card.id}-${step === 1 ? "down" : "up"}`);
}

function focusOn(id: string): void {
  requestAnimationFrame(() => document.getElementById(id)?.focus());
}

function mistakesAt(...at: (string | number)[]): string[] {
  return mistakes.value
    .filter((each) => each.at.length === at.length && each.at.every((part, index) => part === at[index]))
    .map((each) => each.message);
}

export function SettingsBuilder(): JSX.Element {
  const components = workspace.value?.components ?? [];
  const component = query.value.get("component") ?? components[0]?.name ?? "";
  useSignalEffect(() => {
    const wanted = query.value.get("component") ?? workspace.value?.components[0]?.name;
    if (wanted && !dirty.peek()) void readSettings(wanted);
  });
  if (!workspace.value) return <p>Reading what runs here.</p>;
  return (
    <>
      <h1>Settings Builder</h1>
      <p>
        What your customer fills in when connecting your App, and what the sandbox fills in for testing it.
      </p>
      {components.length === 0 ? <NoComponent /> : <Builder component={component} />}
    </>
  );
}

function NoComponent(): JSX.Element {
  return (
    <div class="notice">
      <p>
        The App has no component yet. Give it one in the workspace file, or start with a file that has one:
      </p>
      <Command line="segment-sandbox init" />
    </div>
  );
}

function Builder({ component }: { component: string }): JSX.Element {
  const found = read.value;
  const loaded = written.value !== null && workspace.value !== written.value.before;
  const general = mistakes.value.filter((each) => each.at.length < 2).map((each) => each.message);
  const line = `curl -X PUT ${location.origin}/_sandbox${path(component)} -d`;
  return (
    <>
      <div class="bar">
        <label>
          Component{" "}
          <select
            value={component}
            disabled={dirty.value}
            title={dirty.value ? "Save or discard the changes first" : undefined}
            onChange={(event) => set({ component: event.currentTarget.value })}
          >
            {workspace.value?.components.map((each) => (
              <option key={each.name}>{each.name}</option>
            ))}
          </select>
        </label>
        {found?.path && (
          <>
            <Action label={`Save to ${found.path}`} primary run={() => save(component)} />
            <button
              type="button"
              disabled={!dirty.value && !stale.value}
              onClick={() => void readSettings(component)}
            >
              {stale.value ? "Discard, and read again" : "Discard changes"}
            </button>
          </>
        )}
        <span class="count" role="status">
          {written.value &&
            !dirty.value &&
            (loaded ? "Written and loaded" : "Written; loaded as soon as it is read")}
          {dirty.value && "Not saved yet"}
        </span>
      </div>
      {problem.value && <p class="notice bad">{problem.value}</p>}
      {found && !found.path && (
        <div class="notice">
          <p>
            This is the embedded workspace: there is no file to write to, so its settings are shown and cannot
            be changed. This makes a workspace of your own:
          </p>
          <Command line="segment-sandbox init" />
        </div>
      )}
      {mistakes.value.length > 0 && (
        <div class="notice bad" role="alert">
          <p>{counted(mistakes.value.length, "mistake")}, each at its field; nothing was written.</p>
          <Words of={general} />
        </div>
      )}
      {found && (
        <>
          <div class="builder">
            <List editable={found.path !== null} />
            <fieldset class="as-is" disabled={!found.path}>
              <legend class="visually-hidden">Setting and values</legend>
              <Editor />
              <Customer component={component} />
            </fieldset>
          </div>
          {found.path ? (
            <Command
              line={`${line} ${quoted(JSON.stringify(order()))}`}
              shown={`${line} '{"version": …, "settings": […], "values": {…}}'`}
            />
          ) : (
            <Command line={`curl ${location.origin}/_sandbox${path(component)}`} />
          )}
        </>
      )}
    </>
  );
}

function Words({ of, id }: { of: string[]; id?: string }): JSX.Element | null {
  if (of.length === 0) return null;
  return (
    <span class="bad" id={id}>
      {of.map((each) => (
        <span class="mistake" key={each}>
          <span aria-hidden="true">✕</span> {each}
        </span>
      ))}
    </span>
  );
}

function List({ editable }: { editable: boolean }): JSX.Element {
  return (
    <section aria-labelledby="settings-list">
      <h2 id="settings-list">Settings</h2>
      <ol class="settings">
        {cards.value.map((card, index) => (
          <SettingCard key={card.id} card={card} index={index} editable={editable} />
        ))}
      </ol>
      {editable && (
        <button type="button" onClick={add}>
          + Add
        </button>
      )}
    </section>
  );
}

function SettingCard({
  card,
  index,
  editable,
}: {
  card: Card;
  index: number;
  editable: boolean;
}): JSX.Element {
  const { setting, id } = card;
  const wrong = mistakes.value.filter((each) => each.at[0] === "settings" && each.at[1] === index).length;
  const called = setting.label || "setting without a label";
  const flags = [setting.type, setting.required && "required", setting.sensitive && "sensitive"].filter(
    Boolean,
  );
  const fixed = setting.key === API_KEY && !card.fresh;
  return (
    <li class="setting" aria-current={chosen.value === id ? "true" : undefined}>
      <button
        type="button"
        id={`setting-${id}`}
        class="choose"
        aria-pressed={chosen.value === id}
        onClick={() => {
          chosen.value = id;
        }}
      >
        <b>{called}</b> <code>{setting.key}</code>
        <span class="count">{flags.join(", ")}</span>
        {wrong > 0 && <State of="red" words={counted(wrong, "mistake")} />}
      </button>
      {editable && !fixed && (
        <span class="buttons">
          <button
            type="button"
            class="small"
            id={`setting-${id}-up`}
            aria-label={`Move ${called} up`}
            disabled={index < 2}
            onClick={() => shift(index, -1)}
          >
            ↑
          </button>
          <button
            type="button"
            class="small"
            id={`setting-${id}-down`}
            aria-label={`Move ${called} down`}
            disabled={index === cards.value.length - 1}
            onClick={() => shift(index, 1)}
          >
            ↓
          </button>
          <button type="button" class="small" aria-label={`Remove ${called}`} onClick={() => remove(index)}>
            ✕
          </button>
        </span>
      )}
    </li>
  );
}

/** One row of a form: the label, what one writes into, the hint, and what is wrong with it. */
function Field(props: {
  id: string;
  label: ComponentChildren;
  hint?: string;
  mistakes: string[];
  children: JSX.Element;
}): JSX.Element {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      {props.children}
      {props.hint && <span class="count">{props.hint}</span>}
      <Words of={props.mistakes} id={`${props.id}-mistakes`} />
    </div>
  );
}

function Editor(): JSX.Element {
  const index = cards.value.findIndex((each) => each.id === chosen.value);
  const card = cards.value[index];
  if (!card) return <p class="empty">Select a setting to change it.</p>;
  const { setting, id } = card;
  const fixed = setting.key === API_KEY && !card.fresh;
  const wrong = (field: string) => mistakesAt("settings", index, field);
  const described = (field: string) => ({
    "aria-invalid": wrong(field).length > 0,
    "aria-describedby": wrong(field).length > 0 ? `setting-${field}-mistakes` : undefined,
  });
  const text = (field: "label" | "description" | "pattern", label: string, hint: string) => (
    <Field id={`setting-${field}`} label={label} hint={hint} mistakes={wrong(field)}>
      <input
        id={`setting-${field}`}
        value={setting[field]}
        {...described(field)}
        onInput={(event) => change(id, { [field]: event.currentTarget.value })}
      />
    </Field>
  );
  const flag = (field: "required" | "sensitive", label: string) => (
    <div class="field">
      <label>
        <input
          type="checkbox"
          checked={setting[field]}
          disabled={fixed}
          onChange={(event) => change(id, { [field]: event.currentTarget.checked })}
        />{" "}
        {label}
      </label>
      <Words of={wrong(field)} />
    </div>
  );
  return (
    <section class="card" aria-labelledby="setting-editor">
      <h2 id="setting-editor">{setting.label || "New setting"}</h2>
      <Words of={mistakesAt("settings", index)} />
      {fixed && (
        <p class="count">
          Every App has apiKey, a required secret: only label, description and pattern are yours.
        </p>
      )}
      {text("label", "Setting Label", "What your customer reads.")}
      <Field
        id="setting-key"
        label="Setting Key"
        hint={
          card.fresh ? "Made from the label; your code reads it." : "Stays as it is, for your code reads it."
        }
        mistakes={wrong("key")}
      >
        <span class="buttons">
          <input id="setting-key" class="wide" value={setting.key} readOnly />
          <Copy text={setting.key} what="the key" />
        </span>
      </Field>
      {text("description", "Description", "The hint below the input.")}
      <Field id="setting-type" label="Type" mistakes={wrong("type")}>
        <select
          id="setting-type"
          value={setting.type}
          disabled={fixed}
          onChange={(event) => changeType(id, setting, event.currentTarget.value)}
        >
          {TYPES.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
      </Field>
      {setting.type === "select" && (
        <Field id="setting-options" label="Options" hint="One on each line." mistakes={wrong("options")}>
          <Lines
            id="setting-options"
            value={setting.options}
            onChange={(options) => change(id, { options: options ?? [] })}
          />
        </Field>
      )}
      <fieldset>
        <legend>Validation</legend>
        {flag("required", "Required: an empty value is refused")}
        {flag("sensitive", "Sensitive: a secret, masked once it is saved")}
        {setting.type === "string" &&
          text(
            "pattern",
            "Pattern",
            "A regular expression that has to match somewhere; empty where anything goes.",
          )}
      </fieldset>
      {!fixed && (
        <>
          <Field
            id="setting-default"
            label="Default"
            hint="What a destination has that gives no value."
            mistakes={wrong("default")}
          >
            <ValueInput
              id="setting-default"
              setting={setting}
              value={setting.default}
              onChange={(value) => change(id, { default: value })}
            />
          </Field>
          <fieldset>
            <legend>Show Setting For</legend>
            {COMPONENTS.map((each) => (
              <label key={each} class="choice">
                <input
                  type="checkbox"
                  checked={setting.shown_for.includes(each)}
                  onChange={(event) => {
                    const shown = event.currentTarget.checked;
                    change(id, {
                      shown_for: COMPONENTS.filter((one) =>
                        one === each ? shown : setting.shown_for.includes(one),
                      ),
                    });
                  }}
                />{" "}
                {each}
              </label>
            ))}
            <Words of={wrong("shown_for")} />
          </fieldset>
          {setting.key === "endpoint" && setting.shown_for.includes("webhook") && (
            <p class="notice">
              At Segment, a webhook keeps its own address in a setting of the key endpoint: its default is
              replaced by it. Choose another label for a webhook's setting.
            </p>
          )}
        </>
      )}
    </section>
  );
}

/** The settings of a destination as the catalog's page for it has them; what is filled in is what the sandbox uses. */
function Customer({ component }: { component: string }): JSX.Element {
  const destinations = read.value?.destinations ?? [];
  const slug = query.value.get("destination");
  const destination = destinations.find((each) => each.slug === slug) ?? destinations[0];
  const shown = settings.value.filter((each) => each.shown_for.includes(component));
  return (
    <section class="card" aria-labelledby="setting-customer">
      <h2 id="setting-customer">As your customer sees it</h2>
      {destination ? (
        <label>
          Values of the destination{" "}
          <select
            value={destination.slug}
            onChange={(event) => set({ destination: event.currentTarget.value })}
          >
            {destinations.map((each) => (
              <option key={each.slug}>{each.slug}</option>
            ))}
          </select>
        </label>
      ) : (
        <p class="notice">
          No destination is connected to this component, so there are no values to fill in. Add a table{" "}
          <code>[[destinations]]</code> with <code>component = "{component}"</code> to the workspace file.
        </p>
      )}
      {shown.map((each) => (
        <CustomerField key={each.key} setting={each} destination={destination} />
      ))}
    </section>
  );
}

function CustomerField({
  setting,
  destination,
}: {
  setting: Setting;
  destination?: Destination;
}): JSX.Element {
  const slug = destination?.slug ?? "";
  const given = destination?.values[setting.key] ?? null;
  const changed = values.value[slug]?.[setting.key];
  const value = changed === undefined ? given : changed;
  const id = `value-${setting.key}`;
  const wrong = mistakesAt("values", slug, setting.key);
  const put = (next: Value) => {
    const { [setting.key]: _, ...others } = values.value[slug] ?? {};
    const same = JSON.stringify(next) === JSON.stringify(given);
    values.value = { ...values.value, [slug]: same ? others : { ...others, [setting.key]: next } };
  };
  return (
    <Field
      id={id}
      label={
        <>
          {setting.label || "…"} {setting.required && <span class="required">Required</span>}
        </>
      }
      hint={setting.description || "Enter a description."}
      mistakes={wrong}
    >
      <ValueInput
        id={id}
        setting={setting}
        value={value}
        kept={changed === undefined && setting.sensitive && given !== null ? String(given) : undefined}
        onChange={put}
        disabled={!destination}
        wrong={wrong.length > 0}
      />
    </Field>
  );
}

interface Input {
  id: string;
  setting: Setting;
  value: Value;
  /** The mask of a secret that is kept unless another one is written. */
  kept?: string;
  disabled?: boolean;
  wrong?: boolean;
  onChange: (value: Value) => void;
}

/** What one writes a value of a setting's type into; nothing written is no value. */
function ValueInput({ id, setting, value, kept, disabled, wrong, onChange }: Input): JSX.Element {
  const shared = {
    id,
    disabled,
    "aria-invalid": wrong,
    "aria-describedby": wrong ? `${id}-mistakes` : undefined,
    placeholder: setting.default === null ? "" : `${shown(setting.default)} when left out`,
  };
  const secret = kept && `${kept}, kept unless you write another`;
  if (setting.type === "boolean" || setting.type === "select") {
    const options = setting.type === "boolean" ? ["true", "false"] : setting.options;
    const choice = (text: string) => (setting.type === "boolean" && text ? text === "true" : text || null);
    return (
      <select
        {...shared}
        value={value === null ? "" : String(value)}
        onChange={(event) => onChange(choice(event.currentTarget.value))}
      >
        <option value="">{shared.placeholder || "not set"}</option>
        {options.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    );
  }
  if (setting.type === "array") {
    return <Lines {...shared} value={kept ? null : (value as string[] | null)} onChange={onChange} />;
  }
  if (setting.type === "map") return <Pairs {...shared} value={kept ? null : value} onChange={onChange} />;
  const text = {
    ...shared,
    autocomplete: "off",
    inputMode: setting.type === "number" ? "decimal" : "text",
    placeholder: secret ?? shared.placeholder,
    value: kept || value === null ? "" : String(value),
    onInput: (event: InputEvent) => onChange((event.currentTarget as HTMLInputElement).value || null),
  } as const;
  return setting.sensitive ? <input {...text} type="password" /> : <input {...text} />;
}

function shown(value: Value): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

type AreaInput = Omit<JSX.IntrinsicElements["textarea"], "value" | "onChange">;

function Lines({
  value,
  onChange,
  ...rest
}: AreaInput & { value: string[] | null; onChange: (value: string[] | null) => void }): JSX.Element {
  const read = (text: string) => (text === "" ? null : text.split("\n"));
  return (
    <textarea
      class="short"
      {...rest}
      value={(value ?? []).join("\n")}
      onInput={(event) => onChange(read(event.currentTarget.value))}
    />
  );
}

/** A map as lines of `name = value`; a line without a sign of equality is a name without a value. */
function Pairs({
  value,
  onChange,
  ...rest
}: AreaInput & { value: Value; onChange: (value: Record<string, string> | null) => void }): JSX.Element {
  const lines = Object.entries((value ?? {}) as Record<string, string>).map(
    ([name, each]) => `${name} = ${each}`,
  );
  const read = (text: string) => {
    const pairs = text.split("\n").flatMap((line) => {
      const [name = "", ...others] = line.split("=");
      return name.trim() ? [[name.trim(), others.join("=").trim()]] : [];
    });
    return pairs.length > 0 ? Object.fromEntries(pairs) : null;
  };
  return (
    <textarea
      class="short"
      {...rest}
      value={lines.join("\n")}
      onChange={(event) => onChange(read(event.currentTarget.value))}
    />
  );
}
