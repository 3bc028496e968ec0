// lodash 4.17.
function onTrack(event) {
  return {
    version: _.VERSION,
    get: [_.get(event, 'properties.list[1]'), _.get(event, ['no', 'way'], 'default')],
    set: _.set({}, 'a[0].b.c', 4),
    merge: _.merge({ list: [1, 2] }, { a: { b: 1 } }, { a: { c: 2 }, list: [3] }),
    omit: _.omit(event, ['context', 'properties.list', 'type']),
    omitBy: _.omitBy({ a: null, b: undefined, c: 0 }, _.isNil),
    pick: _.pick(event, ['type', 'properties.price']),
    pickBy: _.pickBy({ a: 1, b: null }, _.identity),
    mapKeys: _.mapKeys({ OrderId: 1 }, (value, key) => _.snakeCase(key)),
    cases: ['camelCase', 'snakeCase', 'kebabCase', 'startCase', 'upperFirst', 'lowerCase'].map((name) => _[name]('Order Completed XL-2')),
    keysIn: _.keysIn(Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true } })),
    tests: [_.isObject([]), _.isString('s'), _.isPlainObject(event), _.isPlainObject({}), _.isEmpty({}), _.isEqual({ a: [1] }, { a: [1] })],
    indexOf: _.indexOf([1, 2, 3], 2),
    group: _.groupBy([1.2, 1.5, 2.1], Math.floor),
    sort: _.sortBy([{ n: 2 }, { n: 1 }], 'n'),
    order: _.orderBy([{ n: 2, m: 1 }, { n: 2, m: 3 }], ['n', 'm'], ['asc', 'desc']),
    chunk: _.chunk([1, 2, 3, 4, 5], 2),
    unique: _.uniqBy([{ a: 1 }, { a: 1 }], 'a'),
    clone: _.cloneDeep({ at: new Date(0), map: new Map([[1, { a: 1 }]]), re: /x/g }).map.get(1),
    deburr: _.deburr('Größe'),
    chain: _(event.properties.list).map((n) => n * 2).filter((n) => n > 2).sort().value(),
    template: _.template('hi <%= name %> <%- tag %>')({ name: 'you', tag: '<b>' }),
    range: _.range(4),
    times: _.times(2, String),
    truncate: _.truncate('a long text that goes on and on', { length: 12 }),
    unescape: _.unescape('&lt;a&gt;'),
    flow: _.flow([_.trim, _.toUpper])(' x '),
    zip: _.zipObject(['a', 'b'], [1, 2])
  }
}
