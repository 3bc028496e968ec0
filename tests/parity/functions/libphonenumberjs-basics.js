// Phone numbers.
function onTrack() {
  const { parsePhoneNumber, isValidPhoneNumber, AsYouType } = libphonenumberjslib.libphonenumberjs
  const number = parsePhoneNumber(' 8 (800) 555-35-35 ', 'RU')
  const failure = (text) => {
    try {
      return parsePhoneNumber(text).number
    } catch (error) {
      return [error.name, error.message]
    }
  }
  return {
    parts: [number.country, number.number, number.formatInternational(), number.formatNational(), number.getURI()],
    valid: [isValidPhoneNumber('+12133734253'), isValidPhoneNumber('+1213')],
    typed: new AsYouType('US').input('2133734'),
    failures: [failure('x'), failure('123'), failure('+1')]
  }
}
