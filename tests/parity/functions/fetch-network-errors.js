// Why no answer came.
async function onTrack() {
  const failure = async (url) => {
    try {
      return (await fetch(url)).status
    } catch (error) {
      return {
        name: error.name,
        message: error.message,
        type: error.type,
        code: error.code,
        errno: error.errno,
        json: JSON.stringify(error),
        keys: Object.keys(error),
        text: String(error),
        tag: Object.prototype.toString.call(error)
      }
    }
  }
  return {
    refused: await failure('https://refused.test/'),
    unknown: await failure('https://nowhere.test/x'),
    reset: await failure('https://reset.test/')
  }
}
