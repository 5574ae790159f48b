import { setTimeout as sleep } from 'node:timers/promises'
import type { JobContext } from 'pulsar-queue'
import { defineJob, NonRetryableError } from 'pulsar-queue'

export const addition = defineJob({ name: 'addition' }, (a = 0, b = 0) => a + b)
export const neverAgain = defineJob({ name: 'never.again', maxRetries: 3 }, () => {
  throw new NonRetryableError('no use')
})

export const fails = defineJob({ name: 'fails' }, () => {
  throw new Error('the reason')
})

export const oneAtATime = defineJob({ name: 'one.at.a.time', maxConcurrency: 1 }, async () => {
  await sleep(5)
})

export const shell = defineJob({ name: 'shell' }, async function (this: JobContext, command: string) {
  return await this.shell(command)
})

export const listens = defineJob({ name: 'listens' }, async function (this: JobContext) {
  await this.progress({ percent: 50, fence: this.fence > 0 })
  await new Promise((resolve) => {
    this.signal.addEventListener('abort', resolve)
  })
})
