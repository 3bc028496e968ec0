// A body that is no JSON.
async function onTrack() {
  const failure = async (path) => {
    try {
      return await (await fetch(`https://api.test/${path}`)).json()
    } catch (error) {
      return [error.name, error.message, error.type, error.code, error.errno]
    }
  }
  return {
    html: await failure('html'),
    nothing: await failure('nothing'),
    empty: await failure('empty'),
    text: await failure('text'),
    broken: await failure('status/500'),
    good: await failure('json')
  }
}
