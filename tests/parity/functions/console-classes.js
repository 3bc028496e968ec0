// The documented classes.
async function onTrack() {
  console.log(Buffer.from('hi'), { bytes: Buffer.from([1, 2, 255]) }, Buffer.alloc(0), Buffer.alloc(60, 7))
  console.log(new URL('https://user:pw@host.test:8443/a/b?c=d#e'))
  console.log({ url: new URL('https://host.test/') }, [[new URL('https://host.test/')]])
  console.log(new URLSearchParams('a=1&b=%20x'), new URLSearchParams(), { q: new URLSearchParams('z=9') })
  console.log(new Headers({ 'Content-Type': 'text/plain', 'X-Own': '1' }))
  console.log(typeof setTimeout(() => {}, 1), typeof console)
}
