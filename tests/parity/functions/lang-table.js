// The table of globals and what its objects have.
function onTrack() {
  const found = {}
  for (const name of Object.keys(window).sort()) {
    const value = window[name]
    found[name] = { type: typeof value, name: value?.name, length: value?.length }
  }
  return found
}
