// event type: purchase
// An event of no known type is ignored.
function onTrack() {}
