// Arguments, delays of all sorts, and what cannot be called.
async function onTrack() {
  const failure = (run) => {
    try {
      return typeof run()
    } catch (error) {
      return [error.name, error.message, error.code]
    }
  }
  const sum = await new Promise((done) => setTimeout((a, b) => done(a + b), 1, 2, 3))
  const odd = await Promise.all([undefined, null, -5, 'x', '3', NaN].map((delay) => new Promise((done) => setTimeout(done, delay, String(delay)))))
  const timer = setTimeout(() => {}, 1)
  return {
    sum,
    odd,
    undefined: failure(() => setTimeout()),
    text: failure(() => setTimeout('code', 1)),
    nil: failure(() => setInterval(null, 1)),
    object: failure(() => setTimeout({}, 1)),
    type: typeof timer,
    className: timer.constructor.name,
    methods: ['ref', 'unref', 'hasRef', 'refresh', 'close'].map((name) => typeof timer[name]),
    chain: timer.unref() === timer && timer.hasRef(),
    primitive: typeof +timer,
    cleared: [clearTimeout(), clearTimeout(null), clearTimeout('x'), clearTimeout(123456)]
  }
}
