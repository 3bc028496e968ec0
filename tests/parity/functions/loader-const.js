// A constant may not have the name of a handler.
const helper = 1
const onTrack = async (event) => event
