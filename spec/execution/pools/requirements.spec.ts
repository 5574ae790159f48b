import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)

describe('a job of concurrency thread or process is refused at start', () => {
  let directory: string

  beforeAll(() => {
    directory = mkdtempSync(fileURLToPath(new URL('./fixtures/.requirements-', import.meta.url)))
    writeFileSync(
      join(directory, 'job.mjs'),
      `import { Config, defineJob, Job } from 'pulsar-queue'
       export class Mailer { send() { return 'sent by default' } }
       class Notifier { constructor(mailer) { this.mailer = mailer } run() { return this.mailer.send() } }
       Job({ concurrency: 'thread', inject: [Mailer] })(Notifier)`,
    )
  })
  afterAll(() => {
    rmSync(directory, { recursive: true })
  })

  const start = async (name: string, program: string): Promise<string> => {
    const file = join(directory, name)
    writeFileSync(file, `import { PulsarQueue, defineJob, Serializer, JsonSerializer } from 'pulsar-queue'\n${program}`)
    const { stdout } = await run(process.execPath, [file])
    return stdout
  }
  const app = (setting: string, before = ''): string => `
    const app = new PulsarQueue({ dataStore: 'embedded::memory:', workers: 0, logLevel: 'silent', ${setting} })
    ${before}
    await app.start().then(() => console.log('started'), (error) => console.log(error.code, error.message))
    await app.close()`

  it('when it stands in the program itself, which must not run again', async () => {
    const text = await start(
      'inline.mjs',
      `defineJob({ name: 'inline', concurrency: 'process' }, () => 1)${app('taskPaths: [import.meta.url]')}`,
    )
    expect(text).toMatch(
      /^PQ_JOB_DEFINITION job inline: expected a job of concurrency process to stand in a file of its own/,
    )
    expect(text).toContain('move it')
  })

  it('when it needs a binding of the program', async () => {
    const text = await start(
      'bound.mjs',
      `import { Mailer } from './job.mjs'${app(
        "taskPaths: ['./job.mjs'].map((file) => new URL(file, import.meta.url))",
        "app.container.register(Mailer, { useValue: { send: () => 'sent' } })",
      )}`,
    )
    expect(text).toMatch(/^PQ_JOB_DEFINITION job notifier: expected a job of concurrency thread not to need Mailer/)
    expect(text).toContain('workers: 1 or more')
  })

  it('but not when it needs neither', async () => {
    expect(await start('fine.mjs', app("taskPaths: [new URL('./job.mjs', import.meta.url)]"))).toBe('started\n')
  })
})
