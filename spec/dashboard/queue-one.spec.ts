import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api, DashboardOptions } from 'pulsar-queue'
import { defineJob, PulsarQueue } from 'pulsar-queue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JobForm } from '../../lib/dashboard/answers.js'
import { fieldNamed, formArguments } from '../../src/dashboard/ui/job-form.js'

defineJob({ name: 'mail.send', defaultQueue: 'mail' }, (to: string, copies: number, at: Date, big: bigint) =>
  [to, copies, at, big].join(),
)
defineJob({ name: 'mail.loose' }, (to: unknown, more = 1) => [to, more].join())
class Letter {
  readonly to = ''
}
defineJob({ name: 'mail.dto', args: Letter }, ({ to }: Letter) => to)
defineJob({ name: 'mail.empty', defaultQueue: 'mail' }, () => undefined)

const parameters = [
  { name: 'to', check: { object: { address: 'string', 'name?': 'string' } } },
  { name: 'copies', check: { union: ['number', 'undefined'] } },
  { name: 'at', optional: true, check: 'date' },
  { name: 'big', optional: true, check: 'bigint' },
]
const choices = [
  { name: 'how', check: { union: [{ literal: 'fast' }, { literal: 'slow' }, 'null'] } },
  { name: 'list', check: { array: 'string' } },
  { name: 'sure', check: 'boolean' },
  { name: 'text', check: 'string' },
]
defineJob({ name: 'mail.choose', defaultQueue: 'mail' }, (how: string, list: string[], sure: boolean, text: string) =>
  [how, list, sure, text].join(),
)
const common = { type: 'regular', concurrency: 'asyncio' }
const MANIFEST = {
  version: 1,
  jobs: {
    'mail.send': { ...common, method: 'mailSend', doc: 'Sends a letter.\n\nIt may take a minute.', parameters },
    'mail.loose': {
      ...{ ...common, method: 'mailLoose' },
      parameters: [
        { name: 'to', check: 'number' },
        { name: 'more', optional: true, check: 'number' },
      ],
    },
    'mail.empty': { ...common, method: 'mailEmpty', parameters: [] },
    'mail.dto': {
      ...{ ...common, method: 'mailDto', spread: true },
      parameters: [{ name: 'to', check: 'string' }],
    },
    'mail.choose': { ...common, method: 'mailChoose', parameters: choices },
  },
}

let directory: string
let app: PulsarQueue
/** Of the same jobs, without the manifest. */
let plain: PulsarQueue
let api: Api

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pulsar-form-'))
  const manifest = join(directory, 'manifest.mjs')
  await writeFile(manifest, `export const manifest = ${JSON.stringify(MANIFEST)}`)
  const settings = {
    dataStore: 'embedded::memory:dashboard-queue-one',
    workers: 0,
    logLevel: 'silent',
    parseConsole: false,
  } as const
  app = new PulsarQueue({ ...settings, manifest })
  plain = new PulsarQueue(settings)
  api = await app.api().start()
})
afterAll(async () => {
  await app.close()
  await plain.close()
  await rm(directory, { recursive: true })
})

async function ask(path: string, body?: unknown, options: DashboardOptions = {}, of = app) {
  const isPost = body !== undefined
  const request = new Request(`http://127.0.0.1:8070/api/v1/jobs/${path}`, {
    method: isPost ? 'POST' : 'GET',
    headers: {
      host: '127.0.0.1:8070',
      ...(isPost && { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }),
    },
    ...(isPost && { body: JSON.stringify(body) }),
  })
  const response = await of.dashboard(options)(request)
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> }
}

describe('the form of a job', () => {
  it('is made of its manifest', async () => {
    const { answer } = await ask('mail.send/form')
    expect(answer).toEqual({
      job: 'mail.send',
      doc: 'Sends a letter.\n\nIt may take a minute.',
      queue: 'mail',
      fields: [
        { name: 'to', isRequired: true, kind: 'json', type: 'an object with address, name?', choices: [] },
        { name: 'copies', isRequired: false, kind: 'number', type: 'a number', choices: [] },
        { name: 'at', isRequired: false, kind: 'text', type: 'a Date', choices: [] },
        { name: 'big', isRequired: false, kind: 'text', type: 'a bigint', choices: [] },
      ],
      takesOthers: false,
    })
  })

  it('offers the values of a type that has a few', async () => {
    const { fields } = (await ask('mail.choose/form')).answer as unknown as JobForm
    expect(fields.map(({ kind }) => kind)).toEqual(['choice', 'json', 'boolean', 'text'])
    expect(fields[0]).toMatchObject({ choices: ['"fast"', '"slow"', 'null'], type: '"fast" or "slow" or null' })
  })

  it('has boxes for JSON where there is no manifest', async () => {
    expect((await ask('mail.loose/form', undefined, {}, plain)).answer).toMatchObject({
      queue: 'pulsarqueue',
      fields: [
        { name: 'to', isRequired: true, kind: 'json', type: null },
        { name: 'more', isRequired: false, kind: 'json', type: null },
      ],
    })
    expect((await ask('mail.empty/form', undefined, {}, plain)).answer).toMatchObject({ doc: '', fields: [] })
  })

  it('has one box for all arguments where only the class of a DTO knows them, and none for a job that takes none', async () => {
    const takesOthers = async (job: string, of: PulsarQueue) =>
      (await ask(`${job}/form`, undefined, {}, of)).answer['takesOthers']
    expect([await takesOthers('mail.dto', plain), await takesOthers('mail.dto', app)]).toEqual([true, false])
    for (const of of [app, plain]) expect(await takesOthers('mail.empty', of)).toBe(false)
    expect(await takesOthers('mail.loose', plain)).toBe(false)
  })

  it('is not there for a job that this process does not know', async () => {
    expect(await ask('nosuch/form')).toMatchObject({ status: 404, answer: { error: { code: 'PQ_NOT_FOUND' } } })
  })
})

describe('a task that a visitor queues', () => {
  it('has what the form held, and is in the audit log', async () => {
    const args = '{"to":{"address":"ada@example.org"},"at":"2026-11-26T10:00:00.000Z","big":"12345678901234567890"}'
    const { status, answer } = await ask('mail.send/queue', { args, delay: '1h', reason: 'a test' })
    expect(status).toBe(200)
    const id = String(answer['id'])
    const details = await api.control.show(id)
    expect(details).toMatchObject({
      state: 'delayed',
      queue: 'mail',
      args: { at: new Date('2026-11-26T10:00Z'), big: 12345678901234567890n },
    })
    const [entry] = await api.control.audit({ limit: 1 })
    expect(entry).toMatchObject({ act: 'queue', by: 'local', from: 'dashboard', reason: 'a test', done: 1 })
    expect(entry?.target).toBe(`job:mail.send queue:mail id:${id}`)
  })

  it('goes to the queue that was named', async () => {
    const { answer } = await ask('mail.loose/queue', { args: '{"to":1}', queue: 'other', delay: '90' })
    expect(await api.control.show(String(answer['id']))).toMatchObject({ queue: 'other', state: 'delayed' })
  })

  it.each([
    ['{"to":{"address":1}}', {}, 'PQ_INVALID_ARGUMENTS', 'args.to.address'],
    ['{"copies":1}', {}, 'PQ_INVALID_ARGUMENTS', 'args.to'],
    ['{"to":{"address":"a"},"copies":"2x"}', {}, 'PQ_INVALID_ARGUMENTS', 'args.copies'],
    ['{"to":{"address":"a"},"nosuch":1}', {}, 'PQ_INVALID_ARGUMENTS', 'args.nosuch'],
    ['{"to":{"address":"a"},"copies":12345678901234567890}', {}, 'PQ_INVALID_OPTION', 'args'],
    ['[]', {}, 'PQ_INVALID_OPTION', 'args'],
    ['{', {}, 'PQ_INVALID_OPTION', 'args'],
    ['{"to":{"address":"a"}}', { delay: 'soon' }, 'PQ_INVALID_DURATION', undefined],
    ['{"to":{"address":"a"}}', { queue: 'mail/3' }, 'PQ_INVALID_OPTION', 'queue'],
  ])('is refused with the name of what is wrong, and nothing is queued: %s %o', async (args, more, code, names) => {
    const before = await api.control.audit()
    const refused = await ask('mail.send/queue', { args, ...more })
    expect(refused).toMatchObject({ status: 400, answer: { error: { code } } })
    expect((refused.answer['error'] as { readonly names?: string }).names).toBe(names)
    expect(await api.control.audit()).toEqual(before)
  })

  it('is refused where the dashboard is read-only, as its form is', async () => {
    for (const [path, body] of [['mail.empty/form'], ['mail.empty/queue', { args: '{}' }]] as const) {
      const { status, answer } = await ask(path, body, { readOnly: true })
      expect({ status, answer }).toMatchObject({ status: 403, answer: { error: { code: 'PQ_FORBIDDEN' } } })
    }
  })

  it('is of a job whose queue the visitor sees', async () => {
    const options: DashboardOptions = { auth: { authorize: () => ({ user: 'ada', can: 'admin', queues: ['mail*'] }) } }
    expect((await ask('mail.empty/queue', { args: '{}' }, options)).status).toBe(200)
    expect((await ask('mail.loose/queue', { args: '{"to":1}', queue: 'mail' }, options)).status).toBe(404)
    expect((await ask('mail.empty/queue', { args: '{}', queue: 'other' }, options)).status).toBe(403)
  })
})

describe('what the form sends', () => {
  const field = (name: string, kind: JobForm['fields'][number]['kind'], isRequired = true) => ({
    ...{ name, kind, isRequired, type: null, choices: [] },
  })
  const fields = [
    field('text', 'text'),
    field('maybe', 'text', false),
    field('number', 'number'),
    field('sure', 'boolean'),
    field('__proto__', 'json', false),
  ]

  it.each([
    [{}, '{"text":""}'],
    [{ text: 'a "b"', number: ' 12345678901234567890 ' }, '{"text":"a \\"b\\"","number":12345678901234567890}'],
    [{ text: '4', number: '0x1', sure: 'true' }, '{"text":"4","number":"0x1","sure":true}'],
    [JSON.parse('{"__proto__":"[1]"}') as object, '{"text":"","__proto__":[1]}'],
  ])('is JSON, digit by digit: %o', (texts, args) => {
    expect(formArguments(fields, texts as Record<string, string>)).toEqual({ args })
  })

  it('is refused at its field where it is no JSON', () => {
    expect(formArguments([field('list', 'json')], { list: '[1' })).toEqual({
      field: 'list',
      says: 'expected list to be JSON, got something else; write a text in quotes',
    })
  })

  it.each([
    ['args.to', 'to'],
    ['args.to[0].name', 'to'],
    ['args.to.a', 'to.a'],
    ['args.total', null],
    ['delay', null],
    [null, null],
  ])('gets the error beside the field that it names: %s', (names, expected) => {
    expect(fieldNamed([field('to', 'json'), field('to.a', 'json')], names)).toBe(expected)
  })
})
