// Globals may be overwritten, as Segment's documentation does.
btoa = (text) => `mine ${text}`
URL = URL.prototype.constructor
console.log(btoa('x'))
function onTrack() {
  atob = 1
  return [btoa('y'), atob, new URL('https://a.test').href, typeof window.atob]
}
