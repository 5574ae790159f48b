/** A manager that records every task: bound by its token, and by the first argument of the constructor. */
import { Injectable, Manager, PulsarQueue, Task } from 'pulsar-queue'
import type { Message } from 'pulsar-queue'

@Injectable()
class AuditLog {
  readonly lines: string[] = []
}

@Injectable()
class AuditManager extends Manager {
  // The constructor is free for what the container injects.
  constructor(readonly audit: AuditLog) {
    super()
  }

  override storeMessage(message: Message) {
    if (message instanceof Task) this.audit.lines.push(`${message.name} ${message.statusString}`)
  }

  override queues() {
    return ['reports', ...super.queues()]
  }
}

const settings = {
  workers: 0,
  taskPaths: [new URL('../quickstart/jobs/*.ts', import.meta.url)],
  logLevel: 'warn',
  defaultTaskQueue: 'reports',
} as const

const byToken = new PulsarQueue({ ...settings, dataStore: 'embedded::memory:by-token' })
byToken.container.register(Manager, { useClass: AuditManager })
await audited('by token', byToken)

const byArgument = new PulsarQueue(AuditManager, { ...settings, dataStore: 'embedded::memory:by-argument' })
await audited('by argument', byArgument)

async function audited(how: string, app: PulsarQueue): Promise<void> {
  const api = await app.api().start()
  await app.start()
  await api.tasks.queue('addition', { a: 4, b: 6 })
  await app.close()
  if (api.manager instanceof AuditManager) console.log(how, api.manager.audit.lines.join(', '))
}
