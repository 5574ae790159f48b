import { describe, expect, it } from 'vitest'
import { createProgram } from '../../lib/cli/program.js'
import { ACT_NAMES, commandOf } from '../../src/dashboard/ui/acts.js'

const input = { reason: "it's late", spread: '10m', queue: 'slow', priority: '8', count: 1 }
const acts = Object.keys(ACT_NAMES) as (keyof typeof ACT_NAMES)[]

describe('the command that a dialog shows', () => {
  it.each(acts)('is one that pq has: %s', (act) => {
    const text = commandOf({ act, filter: 'job:mail.* -tag:test' }, input)
    const [program, name, ...rest] = text.match(/'(?:[^']|'\\'')*'|\S+/g) ?? []
    expect(program).toBe('pq')
    const command = createProgram().commands.find((each) => each.name() === name)
    const known = command?.options.map(({ long }) => long)
    const flags = rest.filter((word) => word.startsWith('--'))
    expect(flags).toContain('--reason')
    expect(flags.filter((flag) => known?.includes(flag) !== true)).toEqual([])
  })
})
