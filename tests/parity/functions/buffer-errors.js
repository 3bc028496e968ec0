// What a Buffer refuses.
function onTrack() {
  const failure = (run) => {
    try {
      return String(run())
    } catch (error) {
      return [error.name, error.message, error.code]
    }
  }
  return {
    nothing: failure(() => Buffer.from()),
    nil: failure(() => Buffer.from(null)),
    number: failure(() => Buffer.from(5)),
    object: failure(() => Buffer.from({})),
    encoding: failure(() => Buffer.from('a', 'nope')),
    toString: failure(() => Buffer.from('a').toString('nope')),
    range: failure(() => Buffer.alloc(2).readUInt32BE(0)),
    outside: failure(() => Buffer.alloc(2).readUInt8(5)),
    value: failure(() => Buffer.alloc(1).writeUInt8(256)),
    negative: failure(() => Buffer.alloc(-1)),
    size: failure(() => Buffer.alloc('5')),
    concat: failure(() => Buffer.concat('a')),
    compare: failure(() => Buffer.compare('a', 'b')),
    bytes: [failure(() => Buffer.from('a').equals(new Uint8Array([97]))), failure(() => Buffer.compare(new Uint8Array(1), Buffer.alloc(1)))],
    swap: failure(() => Buffer.alloc(3).swap16()),
    byteLength: failure(() => Buffer.byteLength(5))
  }
}
