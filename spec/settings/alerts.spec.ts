import type { AlertRule } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'
import { findAlertsFault, readAlerts } from '../../lib/model/alert-rules.js'
import { loadConfig } from '../../lib/settings/load-config.js'

const load = async (alerts: unknown) =>
  await loadConfig({ options: { alerts: alerts as AlertRule[] }, env: {}, findsFile: false })

describe('the setting alerts', () => {
  it('has its durations in ms, its defaults, and a list of targets', async () => {
    const { alerts } = await load([
      { kind: 'failures', above: '5%', queue: 'mail', notify: { webhook: 'https://hooks.example/T0/B0' } },
      { kind: 'noWorker' },
      { kind: 'latency', above: '2m', for: 30 },
      { kind: 'store' },
      { kind: 'scheduleMissed', notify: [{ command: ['logger', '-t', 'queue'] }, { webhook: 'http://here' }] },
    ])
    expect(alerts).toMatchObject([
      { kind: 'failures', above: 0.05, isPart: true, for: 300_000, queue: 'mail', job: null, notify: [{}] },
      { kind: 'noWorker', above: 0, isPart: false, for: 60_000, queue: null, notify: [] },
      { kind: 'latency', above: 120_000, for: 30_000 },
      { kind: 'store', above: 0.9, isPart: true },
      { kind: 'scheduleMissed', above: 60_000, notify: [{ command: ['logger', '-t', 'queue'] }, {}] },
    ])
    expect((await load([])).alerts).toEqual([])
  })

  it.each([
    ['x', '"x"'],
    [[1], 'rule 0 with 1 in place of an object'],
    [[{ kind: 'problems' }], 'rule 0 with kind "problems", which is none of problem.new, '],
    [[{ kind: 'workerLost', wait: 1 }], 'rule 0 with the unknown member "wait"'],
    [[{ kind: 'workerLost', above: 1 }], 'rule 0 with above, which workerLost does not have'],
    [[{ kind: 'problem.new', for: '1m' }], 'rule 0 with for, which problem.new does not have'],
    [[{ kind: 'noWorker', job: 'a' }], 'rule 0 with job, which noWorker does not have'],
    [[{ kind: 'store', queue: 'a' }], 'rule 0 with queue, which store does not have'],
    [[{ kind: 'latency' }], "rule 0 with above undefined, which is not a duration above 0, such as '2m'"],
    [
      [{ kind: 'failures', above: -1 }],
      "rule 0 with above -1, which is not a number of tasks from 0 or a part such as '5%'",
    ],
    [[{ kind: 'store', above: '101%' }], 'rule 0 with above "101%", which is not a part'],
    [[{ kind: 'failures', for: '4h' }], 'rule 0 with for "4h", which is not a duration up to 3h'],
    [[{ kind: 'failures', queue: '' }], 'rule 0 with queue "", which is not a name'],
    [[{ kind: 'failures' }, { kind: 'failures', notify: 'secret' }], 'rule 1 with notify of string, which is not'],
    [
      [{ kind: 'failures', notify: { webhook: 'ftp://secret' } }],
      'a notify.webhook that is not an http: or https: URL',
    ],
    [
      [{ kind: 'failures', notify: { webhook: 'http://x', command: ['secret'] } }],
      'notify with webhook, command, which',
    ],
    [[{ kind: 'failures', notify: { webhook: 'http://x', headers: { a: 1 } } }], 'notify.headers that are not texts'],
    [[{ kind: 'failures', notify: { command: [] } }], 'a notify.command that is not a list such as'],
    [[{ kind: 'failures', notify: { command: 'secret' } }], 'a notify.command that is not a list such as'],
  ])('%j: says what is wrong, and no secret', async (given, says) => {
    const fault = findAlertsFault(given)
    expect(fault).toContain(says)
    expect(fault).not.toContain('secret')
    const error: unknown = await load(given).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'PQ_INVALID_SETTING', setting: 'alerts' })
    expect(String(error)).toContain(says)
    expect(String(error)).not.toContain('secret')
  })

  it('is read once: later changes of the list have no effect', () => {
    const command = ['one']
    const [rule] = readAlerts([{ kind: 'store', notify: { command } }])
    command.push('two')
    expect(rule?.notify).toEqual([{ command: ['one'] }])
  })
})
