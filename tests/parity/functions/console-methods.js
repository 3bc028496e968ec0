// What the console has.
function onTrack() {
  const used = ['log', 'info', 'debug', 'warn', 'error', 'dir', 'dirxml', 'table', 'trace', 'assert', 'count', 'countReset', 'group', 'groupCollapsed', 'groupEnd', 'time', 'timeLog', 'timeEnd']
  return Object.fromEntries(used.map((name) => [name, typeof console[name]]))
}
