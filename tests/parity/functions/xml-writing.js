// The xml package.
function onTrack() {
  return {
    simple: xml({ root: [{ item: 'a<b & "c"' }, { _attr: { key: 'v<' } }] }),
    attributes: xml({ toys: [{ _attr: { decade: '80s' } }, { toy: 'Transformers' }, { toy: [{ _attr: { a: 1 } }, 'text'] }] }),
    indented: xml([{ a: [{ b: 1 }] }], true),
    declared: xml([{ a: { _cdata: '<i>' } }], { declaration: true, indent: '  ' }),
    list: xml([{ a: 1 }, { b: null }, { c: '' }])
  }
}
