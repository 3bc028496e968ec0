// Methods of arrays, objects and strings.
function onTrack(event) {
  const list = event.properties.list
  return {
    sorted: list.toSorted(),
    spliced: list.toSpliced(0, 1, 'x'),
    reversed: list.toReversed(),
    with: list.with(1, 'w'),
    at: list.at(-1),
    last: list.findLast((n) => n < 3),
    flat: [1, [2, [3, [4]]]].flat(Infinity),
    copy: [1, 2, 3, 4].copyWithin(0, 2),
    unstable: [10, 9, 1, 'b', 'a', undefined].sort(),
    entries: Object.entries({ b: 1, a: 2, 1: 3 }),
    own: Object.hasOwn({ a: 1 }, 'a'),
    from: Object.fromEntries(new Map([['k', 1]])),
    pad: 'x'.padStart(3, 'ab'),
    all: 'a-b-c'.replaceAll('-', '+'),
    wellFormed: '\ud800'.toWellFormed(),
    raw: String.raw`a\n${1}`,
    code: '𝒳'.codePointAt(0),
    compare: 'a'.localeCompare('B'),
    weak: new WeakRef({ a: 1 }).deref().a
  }
}
