// Names of globals may be declared again.
const crypto = { mine: true }
let URL = 'a string'
function fetch() { return 'my fetch' }
var Buffer = 3
function onTrack() {
  return [crypto.mine, URL, fetch(), Buffer, typeof window.fetch]
}
