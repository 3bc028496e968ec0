// Redirects are followed, each hop a request of its own.
async function onTrack() {
  const told = async (path, init) => {
    try {
      const response = await fetch(`https://api.test/${path}`, init)
      return [response.status, response.url, response.redirected, response.headers.get('location')]
    } catch (error) {
      return [error.name, error.message, error.type, error.code]
    }
  }
  const post = { method: 'POST', body: 'kept or not', headers: { Authorization: 'Bearer t', 'Content-Type': 'text/x', 'X-A': 'b' } }
  return {
    found: await told('moved'),
    postFound: await told('moved301', post),
    seeOther: await told('moved303', { ...post, method: 'PUT' }),
    temporary: await told('moved307', post),
    permanent: await told('moved308', post),
    manual: await told('moved', { redirect: 'manual' }),
    refused: await told('moved', { redirect: 'error' }),
    noLocation: await told('nowhere'),
    never: await told('moved', { follow: 0 }),
    loop: await told('loop', { follow: 3 })
  }
}
