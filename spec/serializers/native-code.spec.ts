import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)

// A process of its own: here some other spec may have loaded the native code already.
const PROGRAM = `
import { MsgpackSerializer } from 'pulsar-queue'
import * as unpack from 'msgpackr/unpack'
const before = unpack.isNativeAccelerationEnabled
const serializer = new MsgpackSerializer()
serializer.decode(serializer.encode({ a: 4 }))
process.on('beforeExit', () => console.log(before, unpack.isNativeAccelerationEnabled))
`

it('MessagePack is read by native code, where msgpackr has some, from soon after the first value', async () => {
  const { isNativeAccelerationEnabled } = createRequire(import.meta.url)('msgpackr') as typeof import('msgpackr')
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', PROGRAM])
  expect(stdout).toBe(`false ${String(isNativeAccelerationEnabled)}\n`)
})
