import { describe, expect, it } from 'vitest'
import { scheduleInWords } from '../../lib/operate/schedule-in-words.js'

describe('a schedule in words', () => {
  it.each([
    ['every 5000 ms', 'every 5 s'],
    ['every 20 ms', 'every 20 ms'],
    ['every 1000 ms', 'every 1 s'],
    ['every 1500 ms', 'every 1.5 s'],
    ['every 90061000 ms', 'every 1 d 1 h 1 min 1 s'],
    ['every 3600000 ms from 2026-01-01T00:00:00.000Z', 'every 1 h from 2026-01-01T00:00:00.000Z'],
    ['every 86400000 ms at 0:5:30 in Europe/Rome', 'every 1 d at 00:05:30 in Europe/Rome'],
    ['cron 0 5 * * * in UTC', 'cron 0 5 * * * in UTC'],
    ['isDue', 'isDue'],
    ['of another version', 'of another version'],
  ])('says %s as %s', (text, words) => {
    expect(scheduleInWords(text)).toBe(words)
  })
})
