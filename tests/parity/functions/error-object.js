// An object that is no error is shown as the console would.
async function onTrack() {
  throw { code: 42, nested: { list: [1, 2, 3] } }
}
