import type { OfferedPermit } from '../../permit-store.js'

/** Reads the offers in a script's reply: holder, fence, ... */
export function readOffers(parts: readonly unknown[]): OfferedPermit[] {
  const offered: OfferedPermit[] = []
  for (let i = 0; i + 1 < parts.length; i += 2) {
    offered.push({ holder: String(parts[i]), fence: Number(parts[i + 1]) })
  }
  return offered
}
