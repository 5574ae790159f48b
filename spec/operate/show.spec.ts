import { beforeEach, describe, expect, it } from 'vitest'
import { useOperatedStore } from '../support/operated-store.js'
import { runPq } from '../support/run-pq.js'
import { STORES } from '../support/stores.js'

const stored = (id: string, body: string) => ({
  ...{ id, job: 'work', tags: ['kept'], body, priority: 4, delay: 0, inbox: null, checkDuplicate: false },
})

describe.each(STORES)('a task as it is shown on $store', ({ make }) => {
  const at = useOperatedStore(make)
  let queue: string

  beforeEach(() => {
    ;({ queue } = at)
  })

  it.each([
    ['no JSON', '{"a":{"card":"4111 1111"}'],
    ['another format', '\u0001\u0002 of another serializer'],
    ['no object', '[]'],
    ['no arguments', '{"a":5}'],
  ])('is there without what cannot be read, and says so: %s', async (_, body) => {
    await at.api.broker.queue(queue, [stored('garbled', body)])
    const found: string[] = []
    for await (const { id } of at.control.find(`queue:${queue}`)) found.push(id)
    expect(found).toEqual(['garbled'])
    const task = await at.control.show('garbled')
    expect(task).toMatchObject({ id: 'garbled', queue, state: 'ready', tags: ['kept'], args: {}, exception: null })
    expect(task?.unreadable).toMatch(/^expected /)
    expect(task?.unreadable).not.toContain('4111')
    expect((await at.control.explain('garbled')).state).toBe('ready')
    const printed = await runPq(['show', 'garbled', '--store', at.store.url])
    expect(printed).toMatchObject({ code: 0 })
    expect(printed.stdout).toContain('unreadable  expected ')
    await at.control.drop(await at.control.plan('drop', `queue:${queue}`))
    expect(await at.control.show('garbled')).toBeNull()
  })

  it('names the trace that has queued it, if there is one', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const context = { traceparent: `00-${trace}-b7ad6b7169203331-01` }
    await at.api.broker.queue(queue, [
      stored('traced', JSON.stringify({ a: {}, c: context })),
      stored('untraced', '{"a":{}}'),
      stored('odd', JSON.stringify({ a: {}, c: { traceparent: 'no trace' } })),
    ])
    const traces = await Promise.all(
      ['traced', 'untraced', 'odd'].map(async (id) => (await at.control.show(id))?.trace),
    )
    expect(traces).toEqual([trace, null, null])
  })
})
