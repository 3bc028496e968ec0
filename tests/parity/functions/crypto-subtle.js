// Web Crypto, which Node's crypto carries.
async function onTrack() {
  const { subtle } = crypto.webcrypto
  const failure = async (run) => {
    try {
      return await run()
    } catch (error) {
      return [error.name, error.message, error.code]
    }
  }
  const bytes = (text) => Uint8Array.from(Buffer.from(text))
  const hex = (buffer) => Buffer.from(buffer).toString('hex')
  const iv = new Uint8Array(16)
  const hmac = await subtle.importKey('raw', bytes('secret'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
  const gcm = await subtle.importKey('raw', bytes('0123456789abcdef'), 'AES-GCM', true, ['encrypt', 'decrypt'])
  const cbc = await subtle.importKey('raw', bytes('0123456789abcdef'), 'aes-cbc', true, ['encrypt', 'decrypt'])
  const ctr = await subtle.importKey('raw', bytes('0123456789abcdef'), 'AES-CTR', true, ['encrypt'])
  const password = await subtle.importKey('raw', bytes('password'), 'PBKDF2', false, ['deriveBits', 'deriveKey'])
  const hkdf = await subtle.importKey('raw', bytes('material'), 'HKDF', false, ['deriveBits'])
  const ecdsa = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const pss = await subtle.generateKey(
    { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, true, ['sign', 'verify'])
  const oaep = await subtle.generateKey(
    { name: 'RSA-OAEP', hash: 'SHA-1', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, true, ['encrypt', 'decrypt'])
  const mine = await subtle.generateKey({ name: 'ECDH', namedCurve: 'P-384' }, false, ['deriveBits'])
  const yours = await subtle.generateKey({ name: 'ECDH', namedCurve: 'P-384' }, false, ['deriveBits'])
  const agreed = await subtle.deriveBits({ name: 'ECDH', public: yours.publicKey }, mine.privateKey, 384)
  const same = await subtle.deriveBits({ name: 'ECDH', public: mine.publicKey }, yours.privateKey, 384)
  const signed = await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, ecdsa.privateKey, bytes('data'))
  const jwk = await subtle.exportKey('jwk', ecdsa.publicKey)
  const again = await subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify'])
  const point = await subtle.exportKey('raw', ecdsa.publicKey)
  const bare = await subtle.importKey('raw', point, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify'])
  const pkcs8 = await subtle.exportKey('pkcs8', pss.privateKey)
  const read = await subtle.importKey('pkcs8', pkcs8, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }, true, ['sign'])
  const spki = await subtle.exportKey('spki', pss.publicKey)
  const check = await subtle.importKey('spki', spki, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }, true, ['verify'])
  const pssSigned = await subtle.sign({ name: 'RSA-PSS', saltLength: 32 }, pss.privateKey, bytes('data'))
  const sealed = await subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bytes('more'), tagLength: 96 }, gcm, bytes('text'))
  const derived = await subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-1', salt: iv, iterations: 10 }, password,
    { name: 'AES-GCM', length: 256 }, true, ['encrypt'])
  return {
    same: crypto.subtle === subtle,
    digest: await Promise.all(['SHA-1', 'sha-256', { name: 'SHA-512' }].map(async (name) => hex(await subtle.digest(name, bytes('a'))))),
    isBuffer: Object.prototype.toString.call(await subtle.digest('SHA-1', bytes('a'))),
    hmac: [hex(await subtle.sign('HMAC', hmac, bytes('data'))), await subtle.verify('HMAC', hmac, iv, bytes('data'))],
    about: [hmac.type, hmac.extractable, hmac.algorithm, hmac.usages, gcm.algorithm, ecdsa.publicKey.algorithm, ecdsa.privateKey.usages],
    gcm: [hex(sealed), Buffer.from(await subtle.decrypt({ name: 'AES-GCM', iv, additionalData: bytes('more'), tagLength: 96 }, gcm, sealed)).toString()],
    cbc: hex(await subtle.encrypt({ name: 'AES-CBC', iv }, cbc, bytes('text'))),
    ctr: hex(await subtle.encrypt({ name: 'AES-CTR', counter: iv, length: 64 }, ctr, bytes('text'))),
    ecdsa: [signed.byteLength, await subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, again, signed, bytes('data')),
      await subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, bare, signed, bytes('date'))],
    rsa: [await subtle.verify('RSASSA-PKCS1-v1_5', check, await subtle.sign('RSASSA-PKCS1-v1_5', read, bytes('d')), bytes('d')),
      await subtle.verify({ name: 'RSA-PSS', saltLength: 32 }, pss.publicKey, pssSigned, bytes('data')), pss.publicKey.algorithm],
    oaep: Buffer.from(await subtle.decrypt('RSA-OAEP', oaep.privateKey, await subtle.encrypt('RSA-OAEP', oaep.publicKey, bytes('s')))).toString(),
    ecdh: hex(agreed) === hex(same) && agreed.byteLength,
    pbkdf2: [hex(await subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: iv, iterations: 10 }, password, 128)),
      await subtle.exportKey('jwk', derived)],
    hkdf: hex(await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: iv, info: bytes('i') }, hkdf, 128)),
    jwk: [jwk.kty, jwk.crv, jwk.ext, jwk.key_ops, (await subtle.exportKey('jwk', oaep.publicKey)).alg],
    random: crypto.webcrypto.getRandomValues(new Uint8Array(4)).length,
    object: typeof crypto.webcrypto.CryptoKey,
    errors: await Promise.all([
      failure(() => subtle.digest('MD5', iv)),
      failure(() => subtle.digest('SHA-256', 'a')),
      failure(() => subtle.exportKey('raw', hmac)),
      failure(() => subtle.encrypt('HMAC', hmac, iv)),
      failure(() => subtle.importKey('raw', new Uint8Array(3), 'AES-GCM', true, ['encrypt'])),
      failure(() => subtle.importKey('raw', iv, 'AES-GCM', true, ['sign'])),
      failure(() => subtle.importKey('raw', iv, 'AES-GCM', true, [])),
      failure(() => subtle.importKey('pkcs8', iv, { name: 'RSA-PSS', hash: 'SHA-1' }, true, ['sign'])),
      failure(() => subtle.importKey('zip', iv, 'AES-GCM', true, ['encrypt'])),
      failure(() => subtle.decrypt({ name: 'AES-GCM', iv }, gcm, new Uint8Array(20))),
      failure(() => subtle.decrypt({ name: 'AES-GCM', iv }, gcm, new Uint8Array(2))),
      failure(() => subtle.generateKey('FOO', true, ['sign'])),
      failure(() => subtle.sign('RSA-PSS', pss.privateKey, iv)),
      failure(async () => crypto.webcrypto.getRandomValues('x'))
    ])
  }
}
