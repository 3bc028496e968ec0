/**
 * A clock and random numbers that are the same in every run, for the Test Suite. A package of its own, evaluated only
 * where a run is to be repeatable; the core has taken the real ones before it.
 */

/** The time of the Test Suite's events, 2019-05-31 23:27:37 UTC. */
const BEGIN_MS = 1_559_345_257_000;

const RealDate = Date;
let clock = BEGIN_MS;
let state = 1;

/** The clock goes on by a millisecond whenever it is read, so that waiting for it comes to an end. */
function now(): number {
  clock += 1;
  return clock;
}

const RepeatableDate: DateConstructor = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, given, self) =>
    Reflect.construct(
      target,
      given.length === 0 ? [now()] : given,
      self === RepeatableDate ? target : self,
    ) as Date,
});
RealDate.now = now;
RealDate.prototype.constructor = RepeatableDate;

/** The generator called mulberry32. */
Math.random = function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
};

export { RepeatableDate as Date };
