// There is no top-level await.
const token = await fetch('https://api.test/json')
function onTrack() {}
