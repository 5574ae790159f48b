import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { COMPILED } from '../support/compiled.js'

const run = promisify(execFile)

/** The stderr of a process that runs `code` with a logger of level `info` named `shop`. */
async function lines(code: string): Promise<string[]> {
  const module = JSON.stringify(new URL('logging/pino-logger.js', COMPILED).href)
  const script = `const { PinoLogger } = await import(${module}); const logger = new PinoLogger('shop', 'info'); ${code}`
  const { stderr } = await run(process.execPath, ['--input-type=module', '--eval', script]).catch(
    (error: unknown) => error as { stderr: string },
  )
  return stderr.trim().split('\n')
}

describe('the logger', () => {
  it('writes lines of JSON to stderr where there is no terminal, and nothing below its level', async () => {
    const written = await lines(`logger.debug('unheard'); logger.info('ready', { port: 1 }); logger.error('gone')`)
    const stamp = { time: expect.any(Number) as number, pid: expect.any(Number) as number }
    expect(written.map((line): unknown => JSON.parse(line))).toEqual([
      { level: 30, ...stamp, name: 'shop', port: 1, msg: 'ready' },
      { level: 50, ...stamp, name: 'shop', msg: 'gone' },
    ])
  })

  it('joins the names of its children by dots, and keeps their bindings', async () => {
    const [line = ''] = await lines(
      `logger.child('worker', { worker: 'w1' }).child('extract.docx', { task: 'i1' }).warn('slow')`,
    )
    expect(JSON.parse(line)).toMatchObject({
      name: 'shop.worker.extract.docx',
      worker: 'w1',
      task: 'i1',
      level: 40,
      msg: 'slow',
    })
    expect(line.match(/"name"/g)).toHaveLength(1)
  })

  it('writes a line whatever its data are, bounded, and no code in them harms the process', async () => {
    const written = await lines(`
      const rejecting = () => Promise.reject(new Error('nobody awaits this'))
      const holes = []; holes.length = 4e9
      const { proxy, revoke } = Proxy.revocable([], {}); revoke()
      let shared = {}; for (let i = 0; i < 60; i++) shared = { left: shared, right: shared }
      const itself = { a: 1 }; itself.itself = itself
      logger.info('getters', { get a() { throw new Error('a getter') }, get b() { return rejecting() } })
      logger.info('toJSON', { a: { toJSON: rejecting }, b: { toJSON() { throw new Error('a toJSON') } }, c: new Date(0) })
      logger.info('large', { holes }); logger.info('shared', { shared }); logger.info('itself', { itself })
      logger.info('error', { err: Object.assign(new RangeError('told', { cause: new Error('why') }), { code: 7 }) })
      logger.child('part', { get a() { throw new Error('a getter') } }).info(Symbol('odd'))
      logger.info('revoked', { proxy, list: [proxy] })
      setTimeout(() => logger.info('alive'), 10)`)
    const line = (at: number): unknown => JSON.parse(written[at] ?? '')
    expect(written).toHaveLength(9)
    expect(line(0)).toMatchObject({ msg: 'getters', a: '[its getter throws: a getter]' })
    expect(line(1)).toMatchObject({ b: '[its toJSON throws: a toJSON]', c: '1970-01-01T00:00:00.000Z' })
    expect(line(2)).toMatchObject({ holes: expect.arrayContaining(['... and 3999999900 more']) as unknown })
    expect(line(4)).toMatchObject({ itself: { a: 1, itself: '[Circular]' } })
    expect(line(5)).toMatchObject({ err: { type: 'RangeError', message: 'told', code: 7, cause: { message: 'why' } } })
    expect(line(6)).toMatchObject({ name: 'shop.part', msg: 'Symbol(odd)' })
    expect(line(7)).toMatchObject({ msg: 'revoked' })
    expect(line(8)).toMatchObject({ msg: 'alive' })
  })

  it('has written everything when the process is killed right after', async () => {
    const written = await lines(`logger.info('last words'); process.kill(process.pid, 'SIGKILL')`)
    expect(written.map((line): unknown => JSON.parse(line))).toMatchObject([{ msg: 'last words' }])
  })
})
