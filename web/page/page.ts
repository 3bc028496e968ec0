// The page until the Developer Center comes: what runs here, and the newest changes as they happen.

interface Source {
  slug: string;
  write_key: string;
  enabled: boolean;
}

interface Destination {
  slug: string;
  kind: string;
  source: string;
  state: string;
  target: string;
}

interface Workspace {
  sources: Source[];
  destinations: Destination[];
}

interface Change {
  seq: number;
  kind: string;
  at: string;
  message?: number | null;
  delivery?: number;
  type?: string | null;
  event?: string | null;
  source?: string | null;
  destination?: string | null;
  state?: string | null;
  reason?: string | null;
  code?: string | null;
  detail?: string | null;
  path?: string;
  what?: string;
  error?: string | null;
}

const SHOWN = 200;

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

function cell(tag: "th" | "td", text: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function fill(id: string, head: string[], rows: string[][]): void {
  const lines = [
    head.map((text) => cell("th", text)),
    ...rows.map((row) => row.map((text) => cell("td", text))),
  ];
  byId(id).replaceChildren(
    ...lines.map((cells) => {
      const row = document.createElement("tr");
      row.append(...cells);
      return row;
    }),
  );
}

async function showWorkspace(): Promise<void> {
  const workspace: Workspace = await (await fetch("/_sandbox/workspace")).json();
  fill(
    "sources",
    ["source", "write key", "state"],
    workspace.sources.map((each) => [each.slug, each.write_key, each.enabled ? "enabled" : "disabled"]),
  );
  fill(
    "destinations",
    ["destination", "kind", "source", "state", "target"],
    workspace.destinations.map((each) => [each.slug, each.kind, each.source, each.state, each.target]),
  );
  const key = workspace.sources.find((each) => each.enabled)?.write_key ?? "";
  byId("first").textContent =
    `curl -u ${key}: ${location.origin}/v1/track -d '{"userId":"user-1","event":"Signed Up"}'`;
}

function mark(change: Change): string {
  if (change.kind === "message") return change.state === "accepted" ? "→" : "✕";
  if (change.kind === "delivery") return change.state === "delivered" ? "✓" : "✕";
  return change.kind === "refused" ? "✕" : "·";
}

function words(change: Change): string {
  const name = [change.type, change.event].filter(Boolean).join(" ");
  const parts =
    change.kind === "reload"
      ? ["reload", change.what, change.path, change.error]
      : change.kind === "refused"
        ? ["refused", change.path, change.detail]
        : [
            name,
            change.source ?? change.destination,
            change.state,
            change.code ?? change.reason,
            change.detail,
          ];
  return parts.filter(Boolean).join("  ");
}

function link(change: Change): string {
  if (change.delivery !== undefined) return `/_sandbox/deliveries/${change.delivery}`;
  return change.kind === "message" ? `/_sandbox/messages/${change.seq}` : "/_sandbox/refused";
}

function row(change: Change): HTMLLIElement {
  const item = document.createElement("li");
  const seq = document.createElement("a");
  seq.href = link(change);
  seq.className = "seq";
  seq.textContent = String(change.seq);
  const sign = document.createElement("span");
  sign.className = "mark";
  sign.textContent = mark(change);
  const text = document.createElement("span");
  text.textContent = words(change);
  item.append(seq, sign, text);
  return item;
}

function show(change: Change): void {
  if (change.kind === "attempt" || change.state === "pending") return;
  byId("waiting").hidden = true;
  const list = byId("changes");
  list.prepend(row(change));
  while (list.childElementCount > SHOWN) list.lastElementChild?.remove();
  if (change.kind === "reload") void showWorkspace();
}

async function follow(): Promise<void> {
  const connection = byId("connection");
  const { seq }: { seq: number } = await (await fetch("/_sandbox/health")).json();
  const stream = new EventSource(`/_sandbox/stream?after=${Math.max(0, seq - SHOWN)}`);
  stream.addEventListener("open", () => {
    connection.textContent = "connected";
  });
  stream.addEventListener("error", () => {
    connection.textContent = "not connected; trying again";
  });
  stream.addEventListener("change", (event) => show(JSON.parse(event.data)));
}

void showWorkspace();
void follow();
