// What a Buffer can do.
function onTrack() {
  const bytes = Buffer.alloc(32)
  bytes.writeUInt32BE(0xdeadbeef, 0)
  bytes.writeInt16LE(-2, 4)
  bytes.writeDoubleBE(1.5, 8)
  bytes.writeBigUInt64LE(123456789012345678n, 16)
  bytes.writeFloatLE(0.5, 24)
  bytes.write('né', 28, 'latin1')
  const word = Buffer.from('hello world')
  return {
    written: bytes.toString('hex'),
    read: [bytes.readUInt32BE(0), bytes.readInt16LE(4), bytes.readDoubleBE(8), String(bytes.readBigUInt64LE(16)), bytes.readUIntBE(0, 3)],
    aliases: typeof bytes.readUint8,
    concat: Buffer.concat([Buffer.from('a'), new Uint8Array([98])], 5).toString('hex'),
    compare: [Buffer.compare(Buffer.from('a'), Buffer.from('b')), Buffer.from('a').equals(Buffer.from('a'))],
    found: [word.indexOf('o'), word.lastIndexOf('o'), word.includes('wor'), word.indexOf(Buffer.from('world')), word.indexOf(119)],
    filled: [Buffer.alloc(5, 'ab').toString(), Buffer.alloc(3, 1).toString('hex'), Buffer.from('xxxx').fill('é').toString('hex')],
    sliced: [word.slice(-5).toString(), word.subarray(0, 5).toString(), Buffer.isBuffer(word.subarray(1))],
    shared: (() => { const copy = word.slice(0, 1); copy[0] = 74; return word.toString() })(),
    swapped: [Buffer.from('0102', 'hex').swap16().toString('hex'), Buffer.from('01020304', 'hex').swap32().toString('hex')],
    copied: (() => { const target = Buffer.alloc(3); return [word.copy(target, 1, 0, 2), target.toString('hex')] })(),
    iterated: [...Buffer.from('ab').entries()],
    mapped: Buffer.from([1, 2]).map((one) => one * 2).constructor.name,
    from: [Buffer.from([256, -1, 1.9]).toString('hex'), Buffer.from(new ArrayBuffer(2)).length, Buffer.from(new String('boxed')).toString()],
    old: [new Buffer('abc').toString('hex'), Buffer('x').length, new Buffer.from('abc').toString()],
    of: Buffer.of(1, 2).length,
    pool: typeof Buffer.poolSize,
    tag: Object.prototype.toString.call(word),
    isView: ArrayBuffer.isView(word)
  }
}
