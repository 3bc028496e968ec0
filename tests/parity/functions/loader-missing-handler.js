// event type: identify
// A missing handler is one that throws EventNotSupported.
function onTrack() {}
