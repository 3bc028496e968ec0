// A handler may return anything that has a `then`.
function onTrack() {
  return { then: (resolve) => resolve({ inner: { then: (again) => again('never looked at') } }) }
}
