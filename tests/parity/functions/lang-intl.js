// The full set of locales.
function onTrack(event) {
  const date = new Date(event.timestamp)
  const locale = new Intl.Locale('en-US')
  return {
    locale: [locale.calendars, locale.hourCycles, locale.textInfo, locale.numberingSystems, locale.weekInfo.firstDay],
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    locale: Intl.DateTimeFormat().resolvedOptions().locale,
    euro: new Intl.NumberFormat('de-DE', { style: 'currency', currency: 'EUR' }).format(1234.5),
    rupees: new Intl.NumberFormat('en-IN').format(1234567.891),
    compact: new Intl.NumberFormat('en', { notation: 'compact' }).format(12345),
    plural: new Intl.PluralRules('en', { type: 'ordinal' }).select(2),
    collated: ['ä', 'a', 'z'].sort(new Intl.Collator('sv').compare),
    relative: new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(-1, 'day'),
    list: new Intl.ListFormat('en').format(['a', 'b', 'c']),
    region: new Intl.DisplayNames('en', { type: 'region' }).of('DE'),
    segments: [...new Intl.Segmenter('en', { granularity: 'word' }).segment('Hi you')].map((one) => one.segment),
    full: new Intl.DateTimeFormat('en-US', { dateStyle: 'full', timeStyle: 'long', timeZone: 'America/New_York' }).format(date),
    parts: new Intl.DateTimeFormat('fr', { month: 'short', day: 'numeric', timeZone: 'UTC' }).formatToParts(date),
    upper: 'straße'.toUpperCase(),
    turkish: 'I'.toLocaleLowerCase('tr'),
    decomposed: 'é'.normalize('NFD').length
  }
}
