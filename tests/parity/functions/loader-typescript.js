// Types are not understood.
async function onTrack(event: Track): Promise<void> {}
