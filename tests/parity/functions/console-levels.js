// Each method has its level.
function onTrack() {
  console.log('log')
  console.info('info')
  console.debug('debug')
  console.warn('warn')
  console.error('error')
  console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 })
  console.dir({ a: { b: { c: { d: 1 } } } })
  console.dirxml('dirxml', { a: 1 })
  console.assert(true, 'never')
  console.assert(false, 'why', { not: 1 })
  console.assert(0)
  console.assert(null, '%s!', 'formatted')
  console.assert(false, { only: 'object' })
  console.count()
  console.count('named')
  console.count()
  console.countReset()
  console.count()
  const { log } = console
  log('unbound')
}
