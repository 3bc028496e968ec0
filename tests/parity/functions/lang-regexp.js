// Regular expressions of Node 20.
function onTrack() {
  return {
    named: '2026-01-02'.match(/(?<year>\d{4})-(?<month>\d\d)/).groups.year,
    indices: [...'a1b2'.matchAll(/\d/gd)].map((found) => found.indices[0]),
    behind: 'price: 10'.replace(/(?<=: )\d+/, 'x'),
    script: /\p{Script=Greek}/u.test('α'),
    sets: /^[\p{L}--[a-z]]$/v.test('A'),
    sticky: /b/y.exec('ab'),
    dotAll: /a.b/s.test('a\nb'),
    split: 'a1b22c'.split(/(\d+)/),
    callback: 'a-b'.replace(/(\w)-(\w)/, (all, one, other) => other + one),
    flags: /x/dgimsuy.flags
  }
}
