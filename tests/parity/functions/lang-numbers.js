// Numbers and big integers.
function onTrack() {
  return {
    sum: 0.1 + 0.2,
    fixed: (1.005).toFixed(2),
    precise: (123.456).toPrecision(4),
    radix: (255.5).toString(16),
    exponent: (1e21).toString(),
    parsed: [parseInt('08'), parseInt('1e3'), parseFloat('3.14abc'), Number(''), Number('0x1f'), Number('1_0')],
    big: (2n ** 64n).toString(),
    bigShift: BigInt.asIntN(8, 255n).toString(),
    sign: Object.is(Math.round(-0.4), -0),
    hypot: Math.hypot(3, 4),
    trigonometry: [Math.sin(1), Math.exp(1), Math.log10(2), Math.cbrt(2), Math.tanh(0.5)],
    clz: Math.clz32(1),
    safe: Number.isSafeInteger(2 ** 53)
  }
}
