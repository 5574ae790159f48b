/** Slots of a Redis cluster. */
const SLOTS = 16_384
/** Most partitions of a queue. Each has a stripe of the slots, which is as wide as all of them allow. */
const MOST_PARTITIONS = 256
const STRIPE = SLOTS / MOST_PARTITIONS

/**
 * The hash tag of a queue's partition, which decides on its slot. The first partition has the queue's own tag. The others lie
 * at equal distances from it however many there are: partition 1 on the other side of the ring of slots, 2 and 3 in the middle
 * of the halves, and so on. So they come to the nodes of a cluster as evenly as they can. The tag is tried with one salt after
 * another, until its slot is in the stripe of the partition.
 */
export function partitionTag(tag: string, partition: number): string {
  if (partition === 0) return tag
  const first = slotOf(tag)
  const stripe = reversed(partition)
  const start = crc16(`${tag}/${String(partition)}.`)
  for (let salt = 0; ; salt++) {
    const slot = crc16(String(salt), start) % SLOTS
    const distance = (slot + SLOTS - first) % SLOTS
    if (Math.floor(distance / STRIPE) === stripe) return `${tag}/${String(partition)}.${String(salt)}`
  }
}

/** The slot of a hash tag. */
export function slotOf(tag: string): number {
  return crc16(tag) % SLOTS
}

/** The eight bits of a number in reverse order. */
function reversed(number: number): number {
  let rest = number
  let result = 0
  for (let bit = 1; bit < MOST_PARTITIONS; bit *= 2) {
    result = result * 2 + (rest % 2)
    rest = Math.floor(rest / 2)
  }
  return result
}

/** CRC-16 as Redis computes it (XMODEM), from where the text before has left it. */
function crc16(text: string, start = 0): number {
  let crc = start
  for (const byte of Buffer.from(text)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021
    crc &= 0xffff
  }
  return crc
}
