import { inWords } from './in-words.js'

/**
 * The text of a schedule as it is shown: `every 5 s`, `every 1 d at 00:00:00 in Europe/Rome`. The store keeps it in ms, since schedules with the
 * same text are the same.
 *
 * @param text - as the store has it. One that it does not know is shown as it is
 */
export function scheduleInWords(text: string): string {
  return text
    .replace(/^every (\d+) ms/, (_, ms: string) => `every ${intervalInWords(Number(ms))}`)
    .replace(/ at (\d+):(\d+):(\d+) in /, (_, ...time: string[]) => ` at ${clockTime(time.slice(0, 3))} in `)
}

/** Exact, unlike a length of time that has passed. */
function intervalInWords(ms: number): string {
  return ms > 1_000 && ms % 1_000 > 0 ? `${String(ms / 1_000)} s` : inWords(ms, 4)
}

function clockTime(parts: readonly string[]): string {
  return parts.map((part) => part.padStart(2, '0')).join(':')
}
