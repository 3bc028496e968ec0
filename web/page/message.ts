// The message that is shown, read again whenever something happened to it.

import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, type Message } from "./api.ts";
import { changesOf } from "./live.ts";
import { asShown, secrets } from "./secrets.tsx";

/** Read a message, and read it again after each of its changes; a sentence when it cannot be read. */
export function useMessage(seq: number): { message: Message | null; problem: string } {
  const message = useSignal<Message | null>(null);
  const problem = useSignal("");
  const wanted = useSignal(seq);
  wanted.value = seq;
  const read = async () => {
    const asked = wanted.peek();
    try {
      const found = await ask<Message>(asShown(`/messages/${asked}`));
      if (asked === wanted.peek()) message.value = found;
    } catch (error) {
      if (asked === wanted.peek()) problem.value = String((error as Error).message);
    }
  };
  useEffect(() => {
    if (message.peek()) void read();
  }, [secrets.value]);
  useEffect(() => {
    message.value = null;
    problem.value = "";
    return changesOf(seq).subscribe(() => void read());
  }, [seq]);
  return { message: message.value, problem: problem.value };
}

/** The event that the Event Tester shall begin with. */
export const toTest = signal<string | null>(null);
