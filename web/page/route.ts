// Where the page is: the path and the parameters of its address, as signals.

import { computed, signal } from "@preact/signals";

const here = signal(new URL(location.href));

export const path = computed(() => here.value.pathname);
export const query = computed(() => here.value.searchParams);

addEventListener("popstate", () => {
  here.value = new URL(location.href);
});

/** Go to another address of the page's. */
export function go(to: string): void {
  history.pushState(null, "", to);
  here.value = new URL(location.href);
}

/** Change parameters where the page is; an empty value takes one out. */
export function set(changes: Record<string, string | null>): void {
  const url = new URL(here.peek());
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  history.replaceState(null, "", url);
  here.value = url;
}
