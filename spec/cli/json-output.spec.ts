import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProgram } from '../../lib/cli/program.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'lib/cli/pq.js')

const JOBS = `
  import { defineJob } from 'pulsar-queue'
  export const send = defineJob({ name: 'mail.send' }, function ({ to }) {
    this.logger.info('sends to ' + to)
    if (to === 'nobody') throw new Error('no such address', { cause: new TypeError('nobody') })
    return { to, at: new Date(0) }
  })
  export const report = defineJob({ name: 'report', runEvery: '1h' }, function () {})`

let scratch: string
let app: PulsarQueue
let ids: { readonly done: string; readonly failed: string; readonly late: string }
let outputs: ReadonlyMap<string, ValidateFunction>

interface Schema {
  readonly $defs: Readonly<Record<string, Schema>> & {
    readonly commands: { readonly properties: Readonly<Record<string, Schema>> }
  }
}

/** A schema that allows no member which it does not name: so a member that is printed and not published is found. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const members = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, strict(value)]))
  return 'properties' in schema && 'type' in schema ? { additionalProperties: false, ...members } : members
}

beforeAll(async () => {
  const schema = JSON.parse(await readFile(join(root, 'docs/api/pq-json.schema.json'), 'utf8')) as Schema
  const ajv = new Ajv2020({ allErrors: true, strict: false })
  ajv.addSchema({ ...(strict(schema) as object), $id: 'pq' })
  const names = Object.keys(schema.$defs.commands.properties)
  outputs = new Map(
    names.map((name) => [name, ajv.compile({ $ref: `pq#/$defs/commands/properties/${encodeURIComponent(name)}` })]),
  )
  scratch = await mkdtemp(join(tmpdir(), 'pulsar-json-'))
  await symlink(join(root, 'node_modules'), join(scratch, 'node_modules'))
  await writeFile(join(scratch, 'jobs.mjs'), JOBS.replace('pulsar-queue', join(root, 'lib/index.js')))
  await writeFile(join(scratch, 'pulsar.config.mjs'), "export default { taskPaths: ['./jobs.mjs'] }")
  app = new PulsarQueue({
    dataStore: `embedded:${join(scratch, '.pulsar')}`,
    taskPaths: [join(scratch, 'jobs.mjs')],
    workers: 0,
    parseConsole: false,
    logLevel: 'silent',
    schedulePeriodic: true,
  })
  await app.start()
  const api = await app.api().start()
  const { id: done } = await api.tasks.queue('mail.send', { to: 'ann' }, { metaParams: { customer: 42 } })
  const { id: failed } = await api.tasks.queue('mail.send', { to: 'nobody' }, { metaParams: { maxRetries: 0 } })
  const { id: late } = await api.tasks.queue(
    'mail.send',
    { to: 'bob' },
    { delay: '1h', callback: false, queue: 'late' },
  )
  ids = { done, failed, late }
})
afterAll(async () => {
  await app.close()
  await rm(scratch, { recursive: true, force: true })
})

/** What a command prints with `--json`, each value checked against what is published. */
async function printed(output: string, ...args: string[]): Promise<unknown[]> {
  const stdout = await new Promise<string>((resolve) => {
    execFile(process.execPath, [program, ...args, '--json'], { cwd: scratch }, (_error, out, err) => {
      resolve(out === '' ? err : out)
    }).stdin?.end()
  })
  const values = output === 'jobs' ? [stdout] : stdout.split('\n').filter(Boolean)
  const parsed = values.map((value): unknown => JSON.parse(value))
  const validate = outputs.get(output)
  for (const value of parsed) {
    const isValid = validate?.(value)
    expect(isValid, `pq ${args.join(' ')}: ${JSON.stringify(validate?.errors)} in ${JSON.stringify(value)}`).toBe(true)
  }
  expect(parsed, `pq ${args.join(' ')} prints something`).not.toEqual([])
  seen.add(output)
  return parsed
}

const seen = new Set<string>()

describe('pq --json', () => {
  it('prints what is published, of the commands that look', async () => {
    await Promise.all([
      printed('ls', 'ls'),
      printed('ls --state', 'ls', 'pulsarqueue', '--state', 'failed'),
      printed('ls --state', 'ls', 'late', '--state', 'delayed'),
      printed('find', 'find', 'queue:late'),
      printed('find', 'find', 'state:failed,done', '--deep'),
      ...Object.values(ids).flatMap((id) => [printed('show', 'show', id), printed('explain', 'explain', id)]),
      printed('explain', 'explain', 'unknown'),
      printed('export', 'export', 'state:live,failed,done', '--deep'),
      printed('problems', 'problems'),
      printed('logs', 'logs', ids.failed),
      printed('workers', 'workers'),
      printed('doctor', 'doctor'),
      printed('jobs', 'jobs'),
      printed('top', 'top'),
      printed('schedules', 'schedules'),
      printed('metrics', 'metrics'),
    ])
  })

  it('prints what is published, of a task that it queues', async () => {
    await printed('queue', 'queue', 'mail.send', 'to=ann')
    const [done] = await printed('queue --wait', 'queue', 'mail.send', 'to=ann', '--wait')
    expect(done).toMatchObject({ job: 'mail.send', queue: 'pulsarqueue', statusString: 'SUCCESS', error: null })
    const [failed] = await printed('queue --wait', 'queue', 'mail.send', 'to=nobody', '--wait', '30s')
    expect(failed).toMatchObject({ statusString: 'FAILURE', result: null })
  })

  it('prints where it serves', async () => {
    for (const [output, command] of [
      ['dashboard', 'dashboard'],
      ['metrics --bind', 'metrics'],
    ] as const) {
      const child = spawn(process.execPath, [program, command, '--bind', '127.0.0.1:0', '--json'], { cwd: scratch })
      const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
      expect(outputs.get(output)?.(JSON.parse(line)), line).toBe(true)
      seen.add(output)
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  })

  it('prints what is published, of the commands that act', async () => {
    await printed('plan', 'retry', ids.failed, '--dry-run')
    await printed('act', 'retry', ids.failed, '--yes')
    await printed('act', 'prioritize', ids.late, '--to', '9', '--yes')
    await printed('act', 'move', ids.late, '--to', 'later', '--yes')
    await printed('act', 'drop', 'queue:later', '--yes', '--export', 'later.ndjson')
    await printed('import', 'import', 'later.ndjson')
    await printed('act', 'run-now', 'queue:later', '--yes')
    await printed('act', 'revoke', 'queue:later', '--yes')
    const [problem] = (await printed('problems', 'problems')) as { id: string }[]
    await printed('problems mark', 'problems', 'mute', problem?.id ?? '')
    const [worker] = (await printed('workers', 'workers')) as { name: string }[]
    await printed('workers order', 'workers', 'resume', worker?.name ?? '')
    const [schedule] = (await printed('schedules', 'schedules')) as { job: string }[]
    await printed('schedules pause', 'schedules', 'pause', schedule?.job ?? '', '--reason', 'moving')
    expect(await printed('schedules', 'schedules')).toMatchObject([{ paused: { reason: 'moving' }, next: null }])
    await printed('schedules pause', 'schedules', 'resume', schedule?.job ?? '')
    await printed('pause', 'pause', 'later')
    await printed('resume', 'resume', 'later')
    await printed('wait', 'wait', '--empty', 'later', '--timeout', '10s')
    await printed('audit', 'audit')
  })

  it('has a schema for each command that has the option', () => {
    expect([...seen].sort()).toEqual([...outputs.keys()].sort())
    const acts = ['retry', 'revoke', 'run-now', 'move', 'prioritize', 'drop']
    const commands = createProgram()
      .commands.filter(({ options }) => options.some(({ long }) => long === '--json'))
      .map((command) => command.name())
    const unpublished = commands.filter((name) => !outputs.has(name) && !acts.includes(name))
    expect(unpublished).toEqual([])
  })
})
