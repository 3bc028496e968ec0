'use strict'
// The directive is none, because statements come before it.
function onTrack() {
  implicit = 1
  var let = 2
  delete Object.prototype
  return { implicit, let, octal: 010, onGlobal: globalThis.implicit, self: typeof (function () { return this })() }
}
function twice() { return 1 }
function twice() { return 2 }
