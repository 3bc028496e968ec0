// A handler may be a variable.
var onTrack = function (event) {
  return this === undefined ? 'undefined' : typeof this
}
