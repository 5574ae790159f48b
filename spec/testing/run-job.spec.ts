import type { JobContext } from 'pulsar-queue'
import { defineJob, InvalidArgumentsError, NonRetryableError, ShellError, TaskAbortedError } from 'pulsar-queue'
import { createTestApp, runJob } from 'pulsar-queue/testing'
import { describe, expect, it } from 'vitest'
import {
  Addition,
  Counts,
  AskOther,
  Endless,
  FanOut,
  Fetches,
  Flaky,
  Hangs,
  InThread,
  Letters,
  NeverAgain,
  Returns,
  SendMail,
  Steps,
  triple,
  Welcome,
} from './fixtures/jobs.js'

const manifest = {
  version: 1,
  jobs: {
    addition: {
      method: 'addition',
      type: 'regular',
      doc: '',
      parameters: [
        { name: 'a', check: 'number' },
        { name: 'b', check: 'number' },
      ],
    },
  },
} as const

describe('runJob', () => {
  it('gives what the job returned, with arguments by name or by position', async () => {
    const byName = await runJob(Addition, { a: 4, b: 6 })
    expect([byName.result, byName.error, byName.statusString]).toEqual([10, undefined, 'SUCCESS'])
    const sum: number = (await runJob(Addition, [1, 2])).orThrow()
    expect(sum).toBe(3)
  })

  it('runs functions, generators and jobs for threads and processes alike', async () => {
    expect((await runJob(triple, [2])).result).toEqual({ name: 'triple', value: 6 })
    expect((await runJob(Steps, [[1, 2, 3]])).result).toBe(6)
    expect((await runJob(InThread, [4])).result).toBe(16)
  })

  it('does not run with arguments that the job does not take', async () => {
    const { error, status, result } = await runJob(Addition, { a: 1, c: 2 })
    expect(error).toBeInstanceOf(InvalidArgumentsError)
    expect([status, result]).toEqual([2, undefined])
    expect((await runJob(SendMail, { to: 'nobody' })).error).toMatchObject({ argument: 'to' })
    expect((await runJob(SendMail, { to: 'ada@example.org' })).result).toBe('ada@example.org')
    expect((await runJob(Returns, { value: () => 1 })).error).toMatchObject({ code: 'PQ_SERIALIZATION' })
  })

  it('checks the types of arguments where it is given a manifest', async () => {
    const wrong = await runJob(Addition, { a: '4', b: 6 }, { manifest: manifest as never })
    expect(wrong.error?.message).toBe('addition: expected argument a to be a number, got "4"')
  })

  it('records the tasks, log lines and progress of the job', async () => {
    const run = await runJob(AskOther, [4], { queue: ({ args }) => Number(args['a']) + 1 })
    expect(run.result).toBe(10)
    expect(run.queued).toEqual([
      { job: 'addition', args: { a: 4, b: 1 }, options: { queue: 'parts' }, id: expect.any(String) as string },
    ])
    expect(run.logged).toEqual([{ level: 'info', message: 'asks', data: { a: 4 } }])
    expect(run.progress).toEqual([0.5, 1])
    expect(run.task.progress).toBe(1)
    expect((await runJob(FanOut, [2])).queued.map(({ args }) => args)).toEqual([
      { a: 0, b: 1 },
      { a: 1, b: 1 },
    ])
  })

  it('fails the tasks for which the fake queue throws', async () => {
    const run = await runJob(AskOther, [4], {
      queue() {
        throw new Error('no')
      },
    })
    expect(run.result).toBeNaN()
  })

  it('refuses the wrong options of a call as a worker does, and no call throws', async () => {
    const throwing = {
      get id(): string {
        throw new Error('no id')
      },
      get timeout(): string {
        throw new Error('no timeout')
      },
    }
    const job = defineJob({ name: 'misuses' }, async function (this: JobContext) {
      const calls = [null, throwing].flatMap((options) => [
        this.queue('other', {}, options as never),
        this.lock('free', options as never),
      ])
      calls.push(this.lock('free', { timeout: '5 parsecs' as never }), this.lock('free', { signal: {} as never }))
      const ended = await Promise.allSettled<unknown>(calls)
      return ended.map((end) => (end.status === 'rejected' ? (end.reason as { code: unknown }).code : 'done'))
    })
    const refused = Array.from({ length: 4 }, () => 'PQ_INVALID_OPTION')
    expect(await runJob(job)).toMatchObject({
      result: [...refused, 'PQ_INVALID_DURATION', 'PQ_INVALID_OPTION'],
      queued: [],
      locks: [],
    })
  })

  it('injects from its own container, from a given one, or the given arguments themselves', async () => {
    const letters = new Letters()
    const bound = await runJob(Welcome, ['Ada'], { bind: (to) => to.register(Letters, { useValue: letters }) })
    expect([bound.result, letters.sent]).toEqual(['welcome to Ada', ['Ada']])
    const app = createTestApp()
    app.container.register(Letters, { useValue: letters })
    await runJob(Welcome, ['Grace'], { container: app.container })
    await runJob(Welcome, ['Lin'], { inject: [letters, { name: 'mine' } as never] })
    expect(letters.sent).toEqual(['Ada', 'Grace', 'Lin'])
  })

  it('returns the error that the job threw, and whether the task would run again', async () => {
    const first = await runJob(Flaky, [9])
    expect([first.error?.message, first.statusString, first.retryIn]).toEqual(['run 1 failed', 'RETRY', 10_000])
    expect((await runJob(Flaky, [9], { retry: 3 })).retryIn).toBe(40_000)
    expect((await runJob(Flaky, [9], { retry: 4 })).statusString).toBe('FAILURE')
    expect((await runJob(Flaky, [9], { metaParams: { maxRetries: 0 } })).statusString).toBe('FAILURE')
    const last = await runJob(NeverAgain)
    expect([last.error, last.status, last.retryIn]).toEqual([expect.any(NonRetryableError), 2, null])
    expect(() => last.orThrow()).toThrow('no use')
  })

  it('fails a job whose result cannot be serialized', async () => {
    const run = await runJob(Returns, [null])
    expect([run.statusString, run.error]).toEqual(['FAILURE', expect.objectContaining({ code: 'PQ_SERIALIZATION' })])
  })

  it('stops a job at its timeout, and when the signal of the test aborts', async () => {
    const late = await runJob(Endless)
    expect([late.statusString, late.error]).toEqual(['REVOKED', expect.any(TaskAbortedError)])
    expect(late.error).toMatchObject({ why: 'timeout' })
    const stop = new AbortController()
    const stopped = runJob(Hangs, {}, { signal: stop.signal })
    stop.abort()
    expect(await stopped).toMatchObject({ statusString: 'REVOKED', error: { why: 'revoked' } })
    expect((await runJob(Hangs, {}, { signal: AbortSignal.abort() })).statusString).toBe('REVOKED')
    expect((await runJob(Hangs, {}, { timeout: '10ms' })).error).toMatchObject({ why: 'timeout' })
  })

  it('makes requests only through the fake http', async () => {
    const http = { fetch: (url: string) => new Response(`page of ${url}`) }
    const run = await runJob(Fetches, ['http://example.org/'], { http })
    expect(run.result).toBe('page of http://example.org/')
    expect(run.fetched).toEqual([{ url: 'http://example.org/', init: { method: 'POST' } }])
    await expect(runJob(Fetches, ['http://example.org/'])).rejects.toThrow(
      'expected option http to be given, got nothing, and the job fetched http://example.org/',
    )
  })

  it('runs shell commands only through the fake shell', async () => {
    const run = await runJob(Counts, ['a.txt'], { shell: (command) => `7 ${command}` })
    expect(run.result).toBe('7 wc -l')
    expect(run.shell).toEqual([{ command: 'wc -l', options: { input: 'a.txt' } }])
    const shell = () => {
      throw new ShellError('wc -l', 2, null, '', 'no such file')
    }
    const failed = await runJob(Counts, ['a.txt'], { shell })
    expect(failed.error).toMatchObject({ code: 'PQ_SHELL', exitCode: 2 })
    await expect(runJob(Counts, ['a.txt'])).rejects.toThrow(/option shell to be given, got nothing/)
  })

  it('rejects when the test itself is wrong: no job, a missing binding, an unknown option', async () => {
    await expect(runJob(Letters as never)).rejects.toThrow(/expected a class decorated with @Job/)
    await expect(
      runJob(Welcome, ['Ada'], {
        bind: (to) =>
          to.register(Letters, {
            useFactory() {
              throw new TypeError('no letters')
            },
          }),
      }),
    ).rejects.toMatchObject({ code: 'PQ_INJECTION' })
    const options: object = { htpp: {} }
    await expect(runJob(Addition, [1, 2], options)).rejects.toMatchObject({ code: 'PQ_INVALID_OPTION', option: 'htpp' })
    await expect(runJob(Addition, [1, 2], { retry: 0 })).rejects.toMatchObject({ option: 'retry' })
    await expect(runJob(Addition, [1, 2], { timeout: '5 parsecs' as never })).rejects.toMatchObject({
      code: 'PQ_INVALID_DURATION',
    })
  })

  it('has a backend whose tasks are recorded, and which has no store', async () => {
    const job = defineJob({ name: 'uses.backend' }, async function (this: JobContext, lookup = false) {
      const { tasks, ...backend } = this.backend
      if (lookup) await tasks.get('some-id').catch(() => null)
      backend.logger.info('of the app')
      const executed = await tasks.execute('other', { a: 1 })
      const info = await backend.info()
      return [tasks.jobList().length, info.pid, await backend.queues(), executed.queue, executed.result]
    })
    const run = await runJob(job, [], { queue: () => 'answer' })
    expect(run.result).toEqual([1, process.pid, ['pulsarqueue'], null, 'answer'])
    expect(run.queued).toMatchObject([{ job: 'other', args: { a: 1 }, options: { queue: false } }])
    expect(run.logged).toMatchObject([{ level: 'info', message: 'of the app' }])
    await expect(runJob(job, [true])).rejects.toThrow('got get(); runJob has no store: use createTestApp')
  })
})
