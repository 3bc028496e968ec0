// The global is an object around the function.
function onTrack() {
  const made = [
    uuidv5.uuidv5('dns', 'google.com'),
    uuidv5.uuidv5('url', 'http://google/com/page'),
    uuidv5.uuidv5('null', 'postman'),
    uuidv5.uuidv5('24ee70a4-8cc1-5d25-abf2-dea6c79a09c8', 'name'),
    uuidv5.uuidv5('dns', 'google.com', true).toString('hex')
  ]
  uuidv5 = uuidv5.uuidv5
  return { made, after: uuidv5('dns', 'x'), property: typeof uuidv5.uuidv5 }
}
