// A bundle that returns the handler from a function of its own.
var onTrack = (function () {
  const prefix = 'bundled'
  function handle(event) {
    return `${prefix} ${event.type}`
  }
  return handle
})()
