// kind: source
// Only onRequest is taken as a name.
const onTrack = () => 'mine'
var onRequest = () => onTrack()
