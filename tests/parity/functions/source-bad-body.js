// kind: source
// A body that cannot be read.
async function onRequest(request) {
  return JSON.parse(request.text().slice(3)).user
}
