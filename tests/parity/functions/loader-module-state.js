// Module scope runs once; what it keeps is there for the handler.
let count = 0
const seen = new Map()
console.log('not yet a run')
for (const letter of 'abc') seen.set(letter, ++count)
function onTrack() {
  return { count, seen: [...seen] }
}
