// Lines break after 72 to 80 columns, and lists line up.
function onTrack() {
  console.log({ long: 'l'.repeat(100), b: 1 })
  console.log([...'abcdefghijklmnopqrstuvwxyz'].map((one) => one.repeat(10)))
  console.log(Array.from({ length: 120 }, (_, index) => index))
  console.log(Array.from({ length: 27 }, (_, index) => index * 1000))
  console.log(Array.from({ length: 8 }, (_, index) => ({ index })))
  console.log({ a: 'x'.repeat(30), b: 'y'.repeat(30), c: 1 })
  console.log({ a: 'x'.repeat(30), b: 'y'.repeat(30), c: 'z'.repeat(10) })
  console.log({ a: [1, 2, { b: ['x'.repeat(60)] }], c: { d: { e: 'f' } } })
  console.log('x'.repeat(300))
  console.log(['x'.repeat(300)])
  console.log({ text: 'line\n'.repeat(5) })
  console.log({ veryLongKeyNumberOne: 1, veryLongKeyNumberTwo: 2, veryLongKeyNumberThree: 3, four: 4 })
  console.log(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`key${index}`, index])))
  console.log('y'.repeat(20_000).length, ['y'.repeat(10_100)])
}
