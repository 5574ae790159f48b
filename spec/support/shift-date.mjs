// Preloaded by `node --import`: the wall clock of this process differs from that of the machine by SHIFT_DATE ms.
const shift = Number(process.env.SHIFT_DATE ?? 0)
const RealDate = Date
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shift)
    else super(...args)
  }
  static now() {
    return RealDate.now() + shift
  }
}
