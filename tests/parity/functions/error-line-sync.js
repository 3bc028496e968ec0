function onTrack() { return undefinedFunction() }
