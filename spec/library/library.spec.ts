import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { executeNode } from 'pulsar-queue/jobs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJobs } from '../../lib/jobs/loading/load-jobs.js'

describe('the job library', () => {
  const path = process.env['PATH']
  let directory: string
  let app: PulsarQueue
  let api: Api

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "pq-it's-"))
    writeFileSync(
      join(directory, 'hello.mjs'),
      `import { argv } from 'node:process'\nconsole.log('hello', argv.length)`,
    )
    writeFileSync(join(directory, '--hello.py'), `import sys\nprint('hello', len(sys.argv))`)
    writeFileSync(join(directory, 'pulsar.config.json'), '{}')
    app = new PulsarQueue({
      config: join(directory, 'pulsar.config.json'),
      dataStore: 'embedded::memory:',
      taskPaths: ['pulsar-queue/jobs'],
      parseConsole: false,
      workers: 0,
      logLevel: 'silent',
    })
    api = await app.api().start()
    await app.start()
  })
  afterAll(async () => {
    await app.close()
    process.env['PATH'] = path
    rmSync(directory, { recursive: true, force: true })
  })

  it('is found by the name of its entry, from a directory without node_modules', async () => {
    const names = (await loadJobs(['pulsar-queue/jobs'], tmpdir())).map(({ name }) => name)
    expect(names.sort()).toEqual(['execute.node', 'execute.node.script', 'execute.python', 'execute.python.script'])
  })

  it('has each job once where the application has installed the package, too', async () => {
    mkdirSync(join(directory, 'node_modules'))
    symlinkSync(join(import.meta.dirname, '../..'), join(directory, 'node_modules/pulsar-queue'))
    expect(await loadJobs(['pulsar-queue/jobs'], directory)).toHaveLength(4)
  })

  it('is in the list of jobs', () => {
    const listed = Object.fromEntries(api.tasks.jobList())
    expect(listed['execute.node']).toMatchObject({ type: 'regular', concurrency: 'asyncio' })
  })

  it.each([
    ['execute.node', { code: 'console.log([1, 2, 3].map((x) => x * x).join())' }, '1,4,9\n'],
    ['execute.node', { code: `import { sep } from 'node:path'; process.stdout.write(sep)` }, '/'],
    ['execute.node', { code: `/* ${'x'.repeat(300_000)} */ console.log('long')` }, 'long\n'],
    ['execute.node.script', { script: 'hello.mjs' }, 'hello 2\n'],
    ['execute.python', { code: 'for i in range(3):\n  print(i * i)' }, '0\n1\n4\n'],
    ['execute.python', { code: 'print("Grüße")' }, 'Grüße\n'],
    ['execute.python.script', { script: '--hello.py' }, 'hello 1\n'],
  ])('the result of %s is the output of the program', async (job, args, printed) => {
    const task = await api.tasks.queue(job, args)
    expect(task.exception).toBeNull()
    expect(task.result).toBe(printed)
  })

  it('has typed arguments and results', async () => {
    const printed: string | undefined = (await api.tasks.queue(executeNode, { code: 'console.log(1)' })).result
    expect(printed).toBe('1\n')
  })

  it.each([
    ['execute.node', { code: 'console.log("so far"); throw new RangeError("too far")' }, /RangeError: too far/],
    ['execute.node', { code: 'this is no program' }, /SyntaxError/],
    ['execute.node.script', { script: 'missing.mjs' }, /Cannot find module .*missing\.mjs/],
    ['execute.python', { code: 'raise ValueError("too far")' }, /exit code 1: .*ValueError: too far/s],
    ['execute.python.script', { script: 'missing.py' }, /missing\.py/],
  ])('%s fails with the stderr of the program', async (job, args, message) => {
    const task = await api.tasks.queue(job, args)
    expect(task.statusString).toBe('FAILURE')
    expect(task.exception).toMatch(message)
  })

  it.each([
    ['execute.node', {}, 'code'],
    ['execute.node', { code: 5 }, 'code'],
    ['execute.node', { code: '' }, 'code'],
    ['execute.python', { script: 'a.py' }, 'script'],
    ['execute.python.script', { script: null }, 'script'],
  ])('%s refuses %j', async (job, args, argument) => {
    await expect(api.tasks.queue(job, args)).rejects.toMatchObject({ code: 'PQ_INVALID_ARGUMENTS', argument })
  })

  it('fails where there is no Python, and says what to install', async () => {
    process.env['PATH'] = directory
    try {
      const task = await api.tasks.queue('execute.python', { code: 'print(1)' })
      expect(task.statusString).toBe('FAILURE')
      expect(task.exception).toMatch(/expected python3 or python on the PATH of the worker.*install Python/)
    } finally {
      process.env['PATH'] = path
    }
  })
})
