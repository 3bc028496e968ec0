// Signatures; the keys were made for this test and are used nowhere else.
const RSA = `-----BEGIN PRIVATE KEY-----
MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAJBhsfXXkt2PRoxg
ZVZ2OrFFLFMNG/SUTkHmQz/Yn4PrhVgadY25jmQOBp7SVUWk8t1ILO2ecylBRKjw
LZOZ+KKcfhJxlqxrhpZiQobEY55ofUbn3NyQkcaTicDV/u19+UMVHypn6mSb1vA9
7UoREnkkS59FpGR5WTF8UIDP5aXnAgMBAAECgYAgRubc2cuIYm5YFXiyIo4ucRNe
obCdNcZk7xAbptbKTA2sS4X6IABYF9adDNJpVl3A4FDC8kg2cdPinIbj12kAw1vE
tkIQbDKSDk9n9xnrhSMP+Z5HP7ki1feZh3gIl+WL+XQVuCgW4YkIgJDRDoCHkiWU
tqI8UNHzGBNAMvG06QJBAMBg1rmX/fZDTtRwqpQhYapIi/WmRhbiBOzCm/rVyfRY
7sEIMGNIm/PGP/l+juydFmiKNyZKCkhNLQQKlpNjQzMCQQDAIVsQsVnCxiq5q2EZ
Lbr37WKbb9UU8l89lOHhTSrgqGv4P+Des3LVq/jpE7g8fc52H0H9/1pLovPaNFUH
etJ9AkEAm1/bLQyAFhyol1Xjvz3yxnhPafiAFU040wwetIlk0g/dzVPS2O00379X
vickQiBhj89J2YflJB4I5IG0uZdrFwJAOFHOyv7h7AmA/roxFVtlYkXQ0PWgRaqi
pn+dExk2x3I3bCb1ePKrZ90octJYAEt0mQWip50Rz/gteTo77pxfVQJBAIcw7AGH
LvAf8rbR+lRKwLwvPX9vIoGNrBI7kbHSG3UndeB002GvxrZXmFLH2BEfiCzs1aNI
X8m+SlRdivWzzTc=
-----END PRIVATE KEY-----`
const RSA_PUBLIC = `-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCQYbH115Ldj0aMYGVWdjqxRSxT
DRv0lE5B5kM/2J+D64VYGnWNuY5kDgae0lVFpPLdSCztnnMpQUSo8C2TmfiinH4S
cZasa4aWYkKGxGOeaH1G59zckJHGk4nA1f7tfflDFR8qZ+pkm9bwPe1KERJ5JEuf
RaRkeVkxfFCAz+Wl5wIDAQAB
-----END PUBLIC KEY-----`
const EC = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQwh6IC794h2CW4pC
iRl21odXuii58fUiyKWRqYMD77ahRANCAARpO8RlfnL/d1pn4LtMvo+38s7FlAua
TRloJcalImvvQC89gntAtFj/NsvW/I+JX+wr9g2bZbMj5HS386yQ3IyK
-----END PRIVATE KEY-----`
const EC_PUBLIC = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaTvEZX5y/3daZ+C7TL6Pt/LOxZQL
mk0ZaCXGpSJr70AvPYJ7QLRY/zbL1vyPiV/sK/YNm2WzI+R0t/OskNyMig==
-----END PUBLIC KEY-----`
const ED = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIBnPBTKM7fVgcnhONJn9VzLp1HU87hezKFXwoVULFEG3
-----END PRIVATE KEY-----`
const ED_PUBLIC = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAzG02PFY3xNXXVxqWrncEZgCeI7Wq2g0fdoYVzalnqDY=
-----END PUBLIC KEY-----`

function onTrack(event) {
  const text = event.properties.text
  const failure = (run) => {
    try {
      return String(run())
    } catch (error) {
      return [error.name, error.code]
    }
  }
  const sign = (algorithm, key = RSA, encoding = 'base64') => crypto.createSign(algorithm).update(text).sign(key, encoding)
  const verify = (algorithm, key, signature) => crypto.createVerify(algorithm).update(text).verify(key, signature, 'base64')
  return {
    rsa: ['RSA-SHA256', 'sha256', 'RSA-SHA1', 'SHA512'].map((algorithm) => sign(algorithm)),
    hex: sign('RSA-SHA256', RSA, 'hex'),
    buffer: Buffer.isBuffer(crypto.createSign('sha256').update('a').sign(RSA)),
    object: sign('sha256', { key: RSA }),
    verified: [verify('sha256', RSA_PUBLIC, sign('sha256')), verify('sha1', RSA_PUBLIC, sign('sha256')), verify('sha256', RSA, sign('sha256'))],
    ec: verify('sha256', EC_PUBLIC, sign('sha256', EC)),
    ecFixed: crypto.createSign('sha256').update(text).sign({ key: EC, dsaEncoding: 'ieee-p1363' }).length,
    oneShot: crypto.verify('sha256', Buffer.from(text), RSA_PUBLIC, crypto.sign('sha256', Buffer.from(text), RSA)),
    ed: crypto.sign(null, Buffer.from(text), ED).toString('base64'),
    edVerified: crypto.verify(null, Buffer.from(text), ED_PUBLIC, crypto.sign(null, Buffer.from(text), ED)),
    keys: [crypto.createPrivateKey(RSA).type, crypto.createPublicKey(RSA_PUBLIC).asymmetricKeyType, crypto.createSecretKey(Buffer.from('k')).type],
    noKey: failure(() => crypto.createSign('sha256').update('a').sign('no key')),
    algorithm: failure(() => crypto.createSign('nope')),
    jwt: jsonwebtoken.sign({ sub: 'u', iat: 1 }, RSA, { algorithm: 'RS256' }),
    jwtVerified: jsonwebtoken.verify(jsonwebtoken.sign({ sub: 'u', iat: 1 }, EC, { algorithm: 'ES256' }), EC_PUBLIC)
  }
}
