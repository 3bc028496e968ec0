// moment with time zones.
function onTrack(event) {
  const at = moment.utc(event.timestamp)
  return {
    version: moment.version,
    tzVersion: moment.tz.version,
    iso: at.toISOString(),
    formats: ['X', 'x', 'ddd DD MMM YYYY HH:mm:ss.SSS', 'LLLL', 'dddd, MMMM Do YYYY, h:mm:ss a', '[Week] w', 'Q', 'Z'].map((format) => at.format(format)),
    local: moment(event.timestamp).format(),
    offset: moment(event.timestamp).utcOffset(),
    berlin: moment(event.timestamp).tz('Europe/Berlin').format(),
    ambiguous: moment.tz('2026-10-25 02:30', 'Europe/Berlin').toISOString(),
    newYork: moment(event.timestamp).tz('America/New_York').format('LLLL z'),
    added: at.clone().add(1, 'month').endOf('month').toISOString(),
    difference: moment.utc('2020-01-01').diff(moment.utc('2021-06-01'), 'days'),
    human: moment.utc('2020-01-01').from(moment.utc('2021-06-01')),
    duration: [moment.duration(3661, 'seconds').humanize(), moment.duration('PT1H30M').asMinutes(), moment.duration(90, 'minutes').toISOString()],
    valid: [moment('garbage', moment.ISO_8601).isValid(), moment('2026-02-30').isValid(), moment(null).isValid()],
    parsed: [moment('12-25-1995', 'MM-DD-YYYY').format('YYYY-MM-DD'), moment('3pm', 'ha').format('HH'), moment.unix(1).toISOString()],
    zone: [moment.tz.zone('Asia/Tokyo').abbr(0), moment.tz.names().length > 500],
    compared: [at.isBefore('2030-01-01'), at.isSame('2026-03-29', 'day'), moment.isMoment(at)],
    calendar: moment.utc('2026-03-28').calendar(at),
    json: JSON.stringify({ at }),
    object: at.toObject(),
    locale: moment.locale(),
    week: [at.isoWeek(), at.weekday(), at.daysInMonth(), at.isLeapYear()],
    shown: String(at)
  }
}
