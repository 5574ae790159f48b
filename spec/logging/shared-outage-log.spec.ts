import { describe, expect, it } from 'vitest'
import { SharedOutageLog } from '../../lib/logging/shared-outage-log.js'
import { KeptLogger } from '../support/kept-logger.js'

describe('an outage log of several things', () => {
  const make = () => {
    const logger = new KeptLogger()
    const outage = new SharedOutageLog(logger, 'all work again')
    const lines = () => logger.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message)
    return { outage, lines }
  }

  it('says that it works again when none fails any more, however often the others work', () => {
    const { outage, lines } = make()
    for (let i = 0; i < 5; i++) {
      outage.failed('a', 'a fails')
      outage.succeeded('b')
    }
    expect(lines()).toEqual(['a fails'])
    outage.failed('b', 'b fails')
    outage.succeeded('a')
    expect(lines()).toEqual(['a fails'])
    outage.succeeded('b')
    expect(lines()).toEqual(['a fails', 'all work again'])
  })

  it('does not wait for one that is no longer tried', () => {
    const { outage, lines } = make()
    outage.failed('gone', 'it fails')
    outage.keep((name) => name !== 'gone')
    outage.succeeded('b')
    expect(lines()).toEqual(['it fails', 'all work again'])
  })
})
