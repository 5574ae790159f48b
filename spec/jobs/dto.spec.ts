import { fileURLToPath } from 'node:url'
import { fromTypedi } from 'pulsar-queue'
import { Container as Typedi } from 'typedi'
import { describe, expect, it } from 'vitest'
import { loadJobs } from '../../lib/jobs/loading/load-jobs.js'
import { RegistryCatalogue } from '../../lib/jobs/loading/registry-catalogue.js'
import { execute } from './execute.js'

const FILE = fileURLToPath(new URL('./fixtures/experimental/jobs.ts', import.meta.url))
const sendMail = async () => new RegistryCatalogue(await loadJobs([FILE], '/'), null).describe('send.mail')
const message = async (args: Readonly<Record<string, unknown>>): Promise<string> => {
  const job = await sendMail()
  try {
    await job.checkArguments(args)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('a DTO under @Args()', () => {
  it('is built from the arguments, with its methods, its defaults and its nested classes', async () => {
    const args = { to: 'ada@example.com', files: [{ name: 'a' }] }
    expect(await execute({ taskPaths: [FILE] }, 'send.mail', args)).toEqual(['to ada@example.com', 1, 0, 0, true])
  })

  it('keeps maps and bytes, and members that have no decorator', async () => {
    const args = { to: 'ada@example.com', body: new Uint8Array(5), headers: new Map([['a', 'b']]), copies: 2 }
    expect(await execute({ taskPaths: [FILE] }, 'send.mail', args)).toEqual(['to ada@example.com', 2, 5, 1, false])
  })

  it('is refused with the path to its first wrong member', async () => {
    const to = 'ada@example.com'
    expect(await message({ to: 'nobody' })).toBe('send.mail: expected argument to to be an email, got "nobody"')
    expect(await message({})).toBe('send.mail: expected argument to to be an email, got nothing')
    expect(await message({ to, files: [{ name: 1 }] })).toContain('argument files[0].name to be a string, got 1')
    expect(await message({ to, files: [] })).toMatch(/argument files to be such that it must not be empty/)
    expect(await message({ to, tags: [1] })).toContain('tags to be a list of which each value must be a string')
    expect(await message({ to, copy: 1 })).toContain('argument copy to be absent')
    expect(await message({ to, header: 1 })).toContain('did you mean headers?')
    expect(await message([] as never)).toContain('expected argument list to be an object with the arguments by name')
  })

  it('goes on the wire without its undefined members', async () => {
    const job = await sendMail()
    expect(await job.checkArguments({ to: 'ada@example.com', tags: undefined })).toEqual({ to: 'ada@example.com' })
    expect(job.nameArguments([{ to: 'a' }])).toEqual({ to: 'a' })
  })
})

describe('jobs under experimentalDecorators', () => {
  it('are found where a file does not export them', async () => {
    expect(await execute({ taskPaths: [FILE] }, 'hidden', {})).toBe('hidden')
  })

  it('wait for promises in a generator that is not a class', async () => {
    expect(await execute({ taskPaths: [FILE] }, 'later', { x: 1 })).toBe(2)
  })

  it("get the services that TypeDI's own decorators name, and the context of their run", async () => {
    const options = { taskPaths: [FILE], container: fromTypedi(Typedi) }
    expect(await execute(options, 'which', {})).toEqual(['store', 'spare', 'which'])
  })

  it('run in one TypeDI container in one app after another', async () => {
    const run = async () => await execute({ taskPaths: [FILE], container: fromTypedi(Typedi) }, 'which', {})
    expect(await run()).toEqual(await run())
  })
})
