import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** A proxy before a server, through which a spec breaks connections as networks do. */
export interface TcpProxy {
  readonly port: number
  /** Changes a reply of the server. Null breaks the connection in place of the reply, once. */
  rewrite: ((data: Buffer) => Buffer | null) | null
  /** Bytes a second that each client gets through. Null: as many as it sends. */
  throttle: number | null
  /** How many connections were made so far. */
  readonly connections: number
  /**
   * Keeps what the next client says, and breaks the client's connection in its place; the one to the server stays. Resolves
   * when that has happened, to a function that delivers what was kept and resolves to the server's answer: '' when the server
   * has closed the connection.
   */
  delay(isMeant: (data: Buffer) => boolean): Promise<() => Promise<string>>
  /** Stalls the present connections: nothing passes any more, and neither end is told. New connections work. */
  blackhole(): void
  /** Takes no new connections from now on. */
  refuse(): void
  stop(): Promise<void>
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let generation = 0
  let connections = 0
  let keep: { isMeant(data: Buffer): boolean; kept(deliver: () => Promise<string>): void } | null = null
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    connections += 1
    const mine = generation
    let isKept = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        if (!isKept) upstream.destroy()
      })
    }
    client.on('data', (data: Buffer) => {
      if (keep?.isMeant(data)) {
        const { kept } = keep
        keep = null
        isKept = true
        client.destroy()
        kept(async () => {
          if (!upstream.writable) return ''
          const answer = Promise.race([once(upstream, 'data').then(String), once(upstream, 'close').then(() => '')])
          upstream.write(data)
          return await answer
        })
      } else if (mine === generation) {
        upstream.write(data)
        if (proxy.throttle === null) return
        client.pause()
        setTimeout(() => client.resume(), (data.length / proxy.throttle) * 1_000)
      }
    })
    upstream.on('data', (data: Buffer) => {
      if (mine !== generation || isKept) return
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
    throttle: null,
    get connections() {
      return connections
    },
    async delay(isMeant) {
      return await new Promise((kept) => {
        keep = { isMeant, kept }
      })
    },
    blackhole() {
      generation += 1
    },
    refuse() {
      server.close()
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}
