// Nothing can be exported.
export async function onTrack() {}
