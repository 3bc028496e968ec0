// xml2js.
async function onTrack() {
  const failure = (error) => [error.name, error.message]
  const text = '<?xml version="1.0"?><a x="1"><b>t</b><b>u &amp; v</b><c/><d><![CDATA[<raw>]]></d></a>'
  return {
    parsed: await xml2js.parseStringPromise(text),
    options: await xml2js.parseStringPromise(text, { explicitArray: false, mergeAttrs: true, trim: true }),
    processors: await xml2js.parseStringPromise('<s:Envelope><s:Body>1</s:Body></s:Envelope>', { tagNameProcessors: [xml2js.processors.stripPrefix], valueProcessors: [xml2js.processors.parseNumbers] }),
    callback: await new Promise((done) => xml2js.parseString('<a>1</a>', (error, result) => done([error, result]))),
    broken: await xml2js.parseStringPromise('<a><b></a>').catch(failure),
    empty: await xml2js.parseStringPromise('').catch(failure),
    built: new xml2js.Builder({ headless: true }).buildObject({ a: { $: { k: 1 }, _: 't', b: [1, 2] } }),
    pretty: new xml2js.Builder().buildObject({ root: { item: ['ü', '<'] } })
  }
}
