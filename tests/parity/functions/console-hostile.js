// Values that resist being shown.
function onTrack() {
  const shown = (value) => {
    try {
      console.log(value)
    } catch (error) {
      console.log('threw', error.message)
    }
  }
  shown({ get a() { throw new Error('never called') } })
  shown({ toString() { throw new Error('not called either') } })
  shown(new Proxy({}, { get() { throw new Error('trap') }, ownKeys() { throw new Error('keys') } }))
  shown({ toJSON() { return 'ignored' } })
  shown({ inspect() { return 'ignored' } })
  shown({ [Symbol.for('nodejs.util.inspect.custom')]: () => 'own look' })
  shown({ [Symbol.toStringTag]: 'Tagged', a: 1 })
  shown(Object.create({ constructor: null }))
}
