// The line is that of the innermost own frame, through library code.
function pick(one) {
  return one.price.amount
}

function onTrack(event) {
  return [{}, {}].map((one) =>
    pick(one)
  )
}
