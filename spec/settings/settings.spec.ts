import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { PulsarQueueSettings } from 'pulsar-queue'
import { Config } from 'pulsar-queue'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Setting } from '../../lib/settings/setting.js'
import { flagOf, variableOf } from '../../lib/settings/setting.js'
import type { SETTINGS, SettingName } from '../../lib/settings/settings.js'
import { NAMED_SETTINGS } from '../../lib/settings/settings.js'

type ValueOf<Name extends SettingName> = (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value : never
/** The type in `Config` of each setting, as its kind has it. Computed and unset ones are described in the table itself. */
type Values = {
  [Name in Exclude<SettingName, 'concurrentTasks' | 'config' | 'consumers'>]: ValueOf<Name>
}

describe('the table of settings', () => {
  it('has the names and types of PulsarQueueSettings and Config', () => {
    expectTypeOf<SettingName>().toEqualTypeOf<keyof PulsarQueueSettings>()
    expectTypeOf<SettingName>().toEqualTypeOf<Exclude<keyof Config, 'baseDirectory'>>()
    expectTypeOf<Values>().toEqualTypeOf<{ -readonly [Name in keyof Values]: Config[Name] }>()
  })

  it.each(NAMED_SETTINGS)('has a default of $name that its kind accepts, and Config has it', (setting) => {
    const value = setting.default === null ? null : setting.kind.read(setting.default)
    expect(new Config()[setting.name]).toEqual(value)
  })

  it('has one setting for each flag, letter and variable', () => {
    const letters = NAMED_SETTINGS.flatMap(({ letter }) => letter ?? [])
    expect(new Set(letters).size).toBe(letters.length)
    expect(flagOf('taskQueues')).toBe('--task-queues')
    expect(variableOf('taskQueues')).toBe('PULSAR_TASK_QUEUES')
  })

  it.each(NAMED_SETTINGS)('says of $name in one sentence what it is', ({ doc }) => {
    expect(doc).toMatch(/^[A-Z].+\.$/)
    expect(doc.length).toBeLessThan(120)
  })

  it('is what the types and the pages of docs were written from', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url))
    execFileSync(process.execPath, ['.ci/write-docs.mjs', '--check'], { cwd: root })
  })
})
