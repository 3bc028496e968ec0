// Work that comes in lumps, done in order and in slices, so that the page draws and answers meanwhile.

import { batch } from "@preact/signals";

/** How long a slice may take, less than half a frame: the rest of it is for drawing. */
const SLICE_MS = 6;

/** Return what takes lumps of work, each step of which is one `next()`; `done` is called after each slice. */
export function inSlices(done: () => void): (lump: Iterator<unknown>) => void {
  const lumps: Iterator<unknown>[] = [];
  const turn = new MessageChannel(); // in a tab that nobody sees, a timer waits for a second and a frame for ever
  const slice = () => {
    const until = performance.now() + SLICE_MS;
    do {
      if (lumps[0]?.next().done) lumps.shift();
    } while (lumps.length > 0 && performance.now() < until);
    if (lumps.length > 0) turn.port2.postMessage(null);
    done();
  };
  turn.port1.onmessage = () => batch(slice);
  return (lump) => {
    lumps.push(lump);
    if (lumps.length === 1) turn.port2.postMessage(null);
  };
}
