import { describe, expect, it } from 'vitest'
import { soakOptions } from './options.js'

describe('the options of npm run soak', () => {
  it('are read, with defaults', () => {
    expect(soakOptions(['--faults', 'F1,F10 always', '--store', 'redis', '--seed', '7'])).toEqual({
      ...{ faults: ['F1', 'F10 always'], store: 'redis', seed: 7 },
      ...{ rounds: 3, rate: 5_000, factor: 120, keep: false, write: false },
    })
  })

  it('are printed by --help, which ends with 0', () => {
    const told = soakOptions(['--help'])
    expect(told).toMatchObject({ code: 0 })
    const text = 'text' in told ? told.text : ''
    for (const name of [
      'faults',
      'store',
      'rounds',
      'seed',
      'minutes',
      'keep',
      'judge',
      'write',
      'tasks',
      'rate',
      'hours',
      'factor',
    ])
      expect(text).toContain(`  --${name} `)
  })

  it.each([
    [['--halp'], "Unknown option '--halp'"],
    [['F1'], "Unexpected argument 'F1'"],
    [['--rounds', 'many'], "--rounds: expected a number from 0 on, got 'many'"],
    [['--store', 'disk'], "--store: expected redis or embedded, got 'disk'"],
    [['--faults', 'F1,F77'], "got 'F77'"],
  ])('of which %j is none end with 2, and are told', (args, says) => {
    const told = soakOptions(args)
    expect(told).toMatchObject({ code: 2 })
    expect('text' in told ? told.text : '').toContain(says)
  })
})
