// Dates in UTC.
function onTrack(event) {
  const date = new Date(event.timestamp)
  return {
    text: date.toString(),
    locale: date.toLocaleString(),
    localeDate: date.toLocaleDateString('en-US'),
    german: date.toLocaleDateString('de-DE', { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }),
    tokyo: date.toLocaleTimeString('en-US', { timeZone: 'Asia/Tokyo' }),
    paris: date.toLocaleString('ja-JP', { timeZoneName: 'long', timeZone: 'Europe/Paris' }),
    offset: date.getTimezoneOffset(),
    local: new Date('2026-03-29T10:00:00').toISOString(),
    parsed: [Date.parse('2026-03-29'), Date.parse('Mar 29, 2026 10:00 GMT+2'), Date.parse('29.3.2026')],
    hours: new Date(date.setHours(5)).toISOString(),
    overflow: new Date(2026, 0, 31 + 1).toDateString(),
    invalid: String(new Date('x')),
    json: new Date(NaN).toJSON(),
    utc: Date.UTC(2026, 1, 30)
  }
}
