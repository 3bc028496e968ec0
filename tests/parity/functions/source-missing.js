// kind: source
// A source function without onRequest.
function onTrack() {}
