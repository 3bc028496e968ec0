// Randomness, by its shape.
async function onTrack() {
  const later = await new Promise((done) => crypto.randomBytes(4, (error, bytes) => done([error, bytes.length])))
  return {
    bytes: [crypto.randomBytes(16).length, Buffer.isBuffer(crypto.randomBytes(1)), crypto.randomBytes(0).length],
    later,
    uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()),
    different: crypto.randomUUID() !== crypto.randomUUID(),
    equal: crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('a')),
    unequal: crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('b'))
  }
}
