// Queries.
function onTrack() {
  const made = (init) => new URLSearchParams(init).toString()
  const failure = (run) => {
    try {
      return run()
    } catch (error) {
      return [error.name, error.message, error.code]
    }
  }
  const query = new URLSearchParams({ b: '2', a: '1 +' })
  query.append('a', 'é')
  query.sort()
  return {
    text: query.toString(),
    entries: [...query],
    keys: [...query.keys()],
    values: [...query.values()],
    all: query.getAll('a'),
    has: [query.has('a'), query.has('a', 'é'), query.has('z')],
    size: query.size,
    deleted: (query.delete('b'), query.toString()),
    missing: query.get('zz'),
    object: Object.fromEntries(query),
    fromText: made('?a=1&b=%C3%BC&c&&=d&e=f=g'),
    fromPairs: made([['a', 1], ['a', null]]),
    fromMap: made(new Map([['m', true]])),
    fromNothing: made(),
    encoded: made({ q: "!'()*~-._ %☃\n" }),
    badPairs: failure(() => made([['a']])),
    noArgument: failure(() => query.get()),
    forEach: (() => { const all = []; query.forEach((value, name) => all.push(`${name}=${value}`)); return all })(),
    tag: Object.prototype.toString.call(query)
  }
}
