import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const ZONE = new URL('../../lib/scheduler/time-zone.js', import.meta.url)
/** Prints the moments at which the zone of the process and the one of its name show different times. */
const PROGRAM = `
  const { TimeZone } = await import(${JSON.stringify(ZONE.href)})
  const [own, named] = [new TimeZone(undefined), new TimeZone(process.env.TZ)]
  const times = Array.from({ length: 2_000 }, (_, i) => Date.UTC(2020, 0, 1) + i * 7 * 3_600_000 * 11 + i * 61_000)
  const differ = times.filter((time) => own.shownAt(time) !== named.shownAt(time) || own.whenShown(time) !== named.whenShown(time))
  process.stdout.write(JSON.stringify([times.length, differ.length, new Set(times.map((time) => own.shownAt(time) - time)).size]))
`

it.each([
  ['UTC', 1],
  ['Europe/Rome', 2],
  ['America/St_Johns', 2],
  ['Australia/Lord_Howe', 2],
] as const)('the zone of a process in %s is that zone', async (TZ, offsets) => {
  const env = { ...process.env, TZ }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', PROGRAM], { env })
  expect(JSON.parse(stdout)).toEqual([2_000, 0, offsets])
})
