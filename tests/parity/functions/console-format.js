// Format specifiers.
function onTrack(event) {
  console.log('%s is %d and %j', 'a', 1.5, { x: 1 }, 'extra')
  console.log('%i %f %o %O %c %% %z', '42.9px', '1.5', [1], { a: { b: { c: {} } } }, 'css', 'unknown')
  console.log('%s %s %s %s', null, undefined, Symbol('q'), 10n)
  console.log('%s', { toString: () => 'own text' }, '%s')
  console.log('%s', class A {}, new Error('message only').message)
  console.log('%d %d %i', '0x10', 5n, NaN)
  console.log('100%', 'done', 1)
  console.log('%s')
  console.log(`${event.properties.text}`)
  console.log()
  console.log('a', 'b\nc', '')
  console.log(-0, [-0], 1n, [1n], true, null, undefined)
}
