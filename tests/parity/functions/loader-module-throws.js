// An error at module scope fails the load.
const limits = { day: 1 }

limits.week.days = 7
function onTrack() {}
