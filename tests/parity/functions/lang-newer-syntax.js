// Syntax that Node 20 does not know.
function onTrack() {
  const parses = (code) => {
    try {
      new Function(code)
      return true
    } catch (error) {
      return `${error.name}: ${error.message}`
    }
  }
  return {
    using: parses('{ using file = null }'),
    awaitUsing: parses('return async () => { await using file = null }'),
    modifiers: parses('/(?i:a)b/'),
    duplicateGroups: parses('/(?<a>x)|(?<a>y)/'),
    sets: parses('/[\\p{L}--a]/v'),
    decorators: parses('@decorator class A {}'),
    pipeline: parses('1 |> f'),
    deferredImport: parses('import.defer("x")'),
    sourceImport: parses('import.source("x")'),
    importAttributes: parses('import("x", { with: { type: "json" } })'),
    privateIn: parses('class A { #x; has(o) { return #x in o } }'),
    staticBlock: parses('class A { static { this.x = 1 } }'),
    logical: parses('let a; a ??= 1; a ||= 2; a &&= 3'),
    numeric: parses('1_000n'),
    hashbang: parses('#!x'),
    htmlComment: parses('x = 1 <!-- y'),
    throwExpression: parses('const f = () => throw 1'),
    doExpression: parses('x = do { 1 }')
  }
}
