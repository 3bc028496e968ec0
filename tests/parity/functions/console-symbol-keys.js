// Keys that are symbols.
function onTrack() {
  console.log({ [Symbol('s')]: 1, [Symbol.for('t u')]: 2, [Symbol()]: 3 })
}
