// A handler may be assigned to the parameter that the loader declares.
onTrack = async (event) => `assigned ${event.event}`
