/** ms since the epoch, the same in all processes of the machine. */
export const clock = () => performance.timeOrigin + performance.now()

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
