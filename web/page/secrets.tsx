// Whether the values of sensitive settings are shown: one switch for every view, off again when the page is loaded anew.

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { Check } from "./parts.tsx";

export const secrets = signal(false);

/** Ask for a path of the API as the switch stands. */
export function asShown(path: string): string {
  return secrets.value ? `${path}${path.includes("?") ? "&" : "?"}secrets=shown` : path;
}

/** The switch; `of` says what it is about where that is not what stands beside it. */
export function Secrets({ of = "" }: { of?: string }): JSX.Element {
  return (
    <Check
      checked={secrets.value}
      change={(checked) => {
        secrets.value = checked;
      }}
    >
      show secrets{of && ` ${of}`}
    </Check>
  );
}
