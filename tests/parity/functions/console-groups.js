// Groups indent.
function onTrack() {
  console.group('outer')
  console.log('one\ntwo')
  console.group()
  console.warn({ a: 1, long: 'x'.repeat(80) })
  console.groupEnd()
  console.groupCollapsed('inner', 1)
  console.error('deep')
  console.table([[1]])
  console.groupEnd()
  console.groupEnd()
  console.groupEnd()
  console.log('out')
}
