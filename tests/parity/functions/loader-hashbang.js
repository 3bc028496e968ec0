#!/usr/bin/env node
function onTrack() {}
