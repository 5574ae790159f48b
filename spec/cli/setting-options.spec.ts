import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { SERVER_SETTINGS, addSettings, settingsArgv } from '../../lib/cli/setting-options.js'

function collected(...argv: string[]): string[] {
  const command = addSettings(new Command(), SERVER_SETTINGS).exitOverride()
  return settingsArgv(command.parse(argv, { from: 'user' }).opts())
}

describe('settings on the command line of pq', () => {
  it('are passed on as they were given', () => {
    expect(collected('-w', '2', '--data-store', 'redis://h/1')).toEqual(['--workers=2', '--data-store=redis://h/1'])
  })

  it('turn a switch on and off', () => {
    expect(collected('--schedule-periodic')).toEqual(['--schedule-periodic=true'])
    expect(collected('--no-schedule-periodic')).toEqual(['--schedule-periodic=false'])
    expect(collected()).toEqual([])
  })

  it('join a list that is given twice; of any other setting the last value counts', () => {
    expect(collected('--task-queues', 'a,b', '--task-queues', 'c')).toEqual(['--task-queues=a,b,c'])
    expect(collected('-w', '2', '-w', '3')).toEqual(['--workers=3'])
  })
})
