import { describe, expect, it } from 'vitest'
import { OutageLog } from '../../lib/logging/outage-log.js'
import { KeptLogger } from '../support/kept-logger.js'

describe('an outage log', () => {
  it('has one line for the first of many failures, and one with their number when it works again', () => {
    const logger = new KeptLogger()
    const outage = new OutageLog(logger, 'it works again')
    outage.succeeded()
    outage.failed('it fails: away')
    for (let i = 0; i < 999; i++) outage.failed('it fails: still away')
    outage.succeeded()
    outage.succeeded()
    expect(logger.lines.filter(({ level }) => level !== 'debug')).toEqual([
      { level: 'warn', name: '', message: 'it fails: away', data: {} },
      { level: 'info', name: '', message: 'it works again', data: { failures: 1_000, seconds: 0 } },
    ])
  })

  it('has a line for each outage', () => {
    const logger = new KeptLogger()
    const outage = new OutageLog(logger, 'it works again', 'error')
    for (let i = 0; i < 3; i++) {
      outage.failed('it fails')
      outage.succeeded()
    }
    expect(logger.lines.map(({ level }) => level)).toEqual(['error', 'info', 'error', 'info', 'error', 'info'])
  })

  it('says that it works again when each subject that failed works, or is not tried any more', () => {
    const logger = new KeptLogger()
    const outage = new OutageLog(logger, 'it works again')
    outage.failed('a fails', 'a')
    outage.failed('b fails', 'b')
    outage.succeeded('c')
    outage.succeeded('a')
    outage.ended('b')
    expect(logger.lines.map(({ message }) => message)).toEqual(['a fails', 'b fails'])
    outage.succeeded('c')
    expect(logger.lines.slice(2)).toMatchObject([{ level: 'info', message: 'it works again', data: { failures: 2 } }])
  })
})
