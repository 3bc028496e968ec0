// Errors show their stack, and what they carry.
function onTrack() {
  console.log(new Error('plain'))
  console.error(new RetryError('retry'))
  console.log(Object.assign(new TypeError('with'), { code: 'E_CODE', details: { a: [1] } }))
  console.log({ error: new RangeError('nested') })
  console.log([new Error('in a list')])
  console.log(new Error('outer', { cause: new Error('inner') }))
  console.log(new AggregateError([new Error('one')], 'several'))
  class ApiError extends Error {}
  console.log(new ApiError('own class'))
  const bare = new Error('no stack')
  bare.stack = undefined
  console.log(bare)
  const renamed = new Error('renamed')
  renamed.name = 'Renamed'
  console.log(renamed)
  console.log(`${new ValidationError('as text')}`, 'caught: ' + new TypeError('joined'))
  console.log('%s', new Error('formatted'))
  console.error('failed', new Error('second').message)
}
