// A global is put in the place of the module that it holds, as the documentation of zlib does.
zlib = zlib.zlib
uuidv5 = uuidv5.uuidv5
function onTrack() {
  return {
    text: zlib.gunzipSync(zlib.gzipSync('Größe')).toString(),
    id: uuidv5('1b671a64-40d5-491e-99b0-da01ff1f3341', 'name'),
    window: [typeof window.zlib.gzipSync, typeof window.uuidv5]
  }
}
