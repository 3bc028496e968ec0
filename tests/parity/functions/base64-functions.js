// btoa and atob are npm's, which are lenient.
function onTrack() {
  const failure = (run) => {
    try {
      return run()
    } catch (error) {
      return `${error.name}: ${error.message}`
    }
  }
  return {
    plain: btoa('user:password'),
    euro: btoa('€'),
    latin1: btoa('é'),
    number: btoa(12),
    list: btoa([1, 2]),
    buffer: btoa(Buffer.from([255, 0])),
    nothing: failure(() => btoa()),
    nil: failure(() => btoa(null)),
    back: atob('dXNlcg=='),
    unpadded: atob('dXNlcg'),
    lenient: atob('d X!N-l_c@g'),
    binary: atob('/+8=').charCodeAt(0),
    atobNothing: failure(() => atob()),
    empty: [btoa(''), atob('')],
    names: [btoa.name, btoa.length, atob.length]
  }
}
