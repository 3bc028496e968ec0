// Settings are an argument, not a global.
const header = `Basic ${settings.apiKey}`
function onTrack() {}
