/** Queues tasks over HTTP by JSON-RPC 2.0, the ready-made jobs among them. */
import type { RpcRequest } from 'pulsar-queue'
import { Manager, PulsarQueue } from 'pulsar-queue'

/** Adds the caller to the metadata of each task that comes over HTTP. */
class NotingManager extends Manager {
  override taskRequestParameters({ headers, remoteAddress }: RpcRequest) {
    return { caller: headers.get('user-agent'), from: remoteAddress }
  }
}

const app = new PulsarQueue(NotingManager, {
  dataStore: 'embedded::memory:',
  workers: 0,
  taskPaths: [new URL('../quickstart/jobs/*.ts', import.meta.url), 'pulsar-queue/jobs'],
  rpcBind: '127.0.0.1:0',
  rpcToken: 'keep-me-in-the-environment',
  logLevel: 'warn',
})
await app.start()
const url = app.rpcUrl ?? ''

interface Reply {
  readonly id: number
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly code: number; readonly message: string }
}

async function send(message: object): Promise<Reply & readonly Reply[]> {
  const headers = {
    'content-type': 'application/json',
    authorization: 'Bearer keep-me-in-the-environment',
    'user-agent': 'sample',
  }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(message) })
  return (await response.json()) as Reply & readonly Reply[]
}

const queue = (id: number, params: object) => ({ jsonrpc: '2.0', id, method: 'tasks.queue', params })

const { result } = await send(queue(1, { jobname: 'addition', a: 4, b: 6, meta_params: { order: 17 } }))
console.log(result?.['statusString'], result?.['result'], JSON.stringify(result?.['meta']))

const batch = await send([
  queue(2, { jobname: 'execute.node', code: 'process.stdout.write([1, 2, 3].map((x) => x * x).join())' }),
  queue(3, { jobname: 'addition', a: 1, c: 2 }),
  { jsonrpc: '2.0', id: 4, method: 'tasks.nothing' },
])
for (const { id, result, error } of batch)
  console.log(id, ...(error ? [error.code, error.message] : [result?.['result']]))

for (const path of ['healthz', 'readyz']) {
  const response = await fetch(`${url}/${path}`)
  console.log(path, response.status, await response.text())
}
console.log('without the token', (await fetch(url, { method: 'POST', body: '{}' })).status)
await app.close()
