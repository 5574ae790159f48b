import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { STORES } from '../../support/stores.js'

const run = promisify(execFile)
const PROGRAM = fileURLToPath(new URL('./fixtures/manage.mjs', import.meta.url))
const VALUE = { text: 'a "text"', list: [1, null, { deep: true }], bytes: [1, 2], at: new Date(5).toISOString() }

describe.each(STORES)('a worker on $store whose engine makes no code of texts', ({ make }) => {
  it.each(['json', 'msgpack'])(
    'runs jobs on its event loop, in threads and in processes, with %s',
    async (serializer) => {
      const store = await make()
      onTestFinished(store.dispose)
      // Child processes have it, too.
      const env = { ...process.env, NODE_OPTIONS: '--disallow-code-generation-from-strings' }
      const { stdout } = await run(process.execPath, [PROGRAM, store.url, serializer], { env })
      expect(JSON.parse(stdout)).toMatchObject([
        { concurrency: 'asyncio', made: 'EvalError', isMainThread: true, isOwn: true, value: VALUE },
        { concurrency: 'thread', made: 'EvalError', isMainThread: false, isOwn: true, value: VALUE },
        { concurrency: 'process', made: 'EvalError', isMainThread: true, isOwn: false, value: VALUE },
      ])
    },
  )
})
