import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** A proxy before a server, through which a spec breaks connections as networks do. */
export interface TcpProxy {
  readonly port: number
  /** Changes what the server says; null breaks the connection in its place, once. */
  rewrite: ((data: Buffer) => Buffer | null) | null
  /** From now on nothing passes through the connections that there are, and nobody is told: new ones work. */
  blackhole(): void
  stop(): Promise<void>
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let generation = 0
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    const mine = generation
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (data: Buffer) => {
      if (mine === generation) upstream.write(data)
    })
    upstream.on('data', (data: Buffer) => {
      if (mine !== generation) return
      const passed = proxy.rewrite === null ? data : proxy.rewrite(data)
      if (passed !== null) client.write(passed)
      else {
        proxy.rewrite = null
        client.destroy()
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port was free')
  const proxy: TcpProxy = {
    port: address.port,
    rewrite: null,
    blackhole() {
      generation += 1
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}
