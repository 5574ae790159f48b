import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import type { LinkManners } from './slow-pipe.js'
import { SlowPipe } from './slow-pipe.js'

/** A proxy before a server, through which a spec breaks connections as networks do. */
export interface TcpProxy {
  readonly port: number
  /** Changes a reply of the server. Null breaks the connection in place of the reply, once. `asked`: what the client has said last. */
  rewrite: ((data: Buffer, asked: Buffer) => Buffer | null) | null
  /** Bytes a second that each client gets through. Null: as many as it sends. */
  throttle: number | null
  /** Whether all is late, and in how small pieces it comes, both ways. */
  manners: LinkManners
  /** How many connections were made so far. */
  readonly connections: number
  /**
   * Keeps what the next client says, and breaks the client's connection in its place; the one to the server stays. Resolves
   * when that has happened, to a function that delivers what was kept and resolves to the server's answer: '' when the server
   * has closed the connection.
   */
  delay(isMeant: (data: Buffer) => boolean): Promise<() => Promise<string>>
  /**
   * Keeps the next reply that is meant, and what the server says on its connection after that. Resolves when that has come, to a
   * function that lets all of it through.
   */
  holdReply(isMeant: (data: Buffer) => boolean): Promise<() => void>
  /** Stalls the present connections: nothing passes any more, and neither end is told. New connections work. */
  blackhole(): void
  /** Swallows the replies on the present connections: what clients send still arrives, and is acted upon. New ones work. */
  swallow(): void
  /** Resets the present connections. */
  reset(): void
  /** Takes no new connections from now on. */
  refuse(): void
  stop(): Promise<void>
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let generation = 0
  let heard = 0
  let connections = 0
  let hold: { isMeant(data: Buffer): boolean; held(release: () => void): void } | null = null
  let keep: { isMeant(data: Buffer): boolean; kept(deliver: () => Promise<string>): void } | null = null
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    connections += 1
    const mine = generation
    const heardFrom = heard
    const manners = (): LinkManners => proxy.manners
    const [up, down] = [new SlowPipe(upstream, manners), new SlowPipe(client, manners)]
    client.setNoDelay(true)
    upstream.setNoDelay(true)
    let isKept = false
    let asked: Buffer = Buffer.alloc(0)
    let begun: Buffer | null = null
    let kept: Buffer[] | null = null
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
      asked = data
      if (begun !== null || keep?.isMeant(data)) {
        const call: Buffer = begun === null ? data : Buffer.concat([begun, data])
        begun = call
        // A large call comes in parts.
        if (keep === null || !isWhole(call)) return
        const { kept } = keep
        keep = null
        isKept = true
        client.destroy()
        kept(async () => {
          if (!upstream.writable) return ''
          const answer = Promise.race([once(upstream, 'data').then(String), once(upstream, 'close').then(() => '')])
          upstream.write(call)
          return await answer
        })
      } else if (mine === generation) {
        up.write(data)
        if (proxy.throttle === null) return
        client.pause()
        setTimeout(() => client.resume(), (data.length / proxy.throttle) * 1_000)
      }
    })
    upstream.on('data', (data: Buffer) => {
      if (mine !== generation || heardFrom !== heard || isKept) return
      if (hold?.isMeant(data)) {
        const { held } = hold
        hold = null
        kept = []
        held(() => {
          for (const each of kept ?? []) down.write(each)
          kept = null
        })
      }
      if (kept) {
        kept.push(data)
        return
      }
      const passed = proxy.rewrite === null ? data : proxy.rewrite(data, asked)
      if (passed !== null) down.write(passed)
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
    manners: { latency: null, slices: false },
    get connections() {
      return connections
    },
    async delay(isMeant) {
      return await new Promise((kept) => {
        keep = { isMeant, kept }
      })
    },
    async holdReply(isMeant) {
      return await new Promise((held) => {
        hold = { isMeant, held }
      })
    },
    blackhole() {
      generation += 1
    },
    swallow() {
      heard += 1
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy()
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

/** Whether a command, as clients of Redis write it, is all there. */
function isWhole(data: Buffer): boolean {
  let at = 0
  const number = (): number => {
    const end = data.indexOf('\r\n', at)
    const from = at + 1
    at = end < 0 ? NaN : end + 2
    return end < 0 ? NaN : Number(data.toString('latin1', from, end))
  }
  for (let left = number(); left > 0; left -= 1) {
    const length = number()
    at += length + 2
  }
  return !Number.isNaN(at) && at <= data.length
}
