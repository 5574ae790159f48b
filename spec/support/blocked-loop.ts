import { connect, createServer } from 'node:net'
import { performance } from 'node:perf_hooks'

/** Blocks the event loop. */
export function blockLoop(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** Acts in a handler of a socket: what arrives meanwhile is read in the next turn of the event loop, after the immediates of this one. */
export function inSocketHandler(act: () => void): void {
  const server = createServer((socket) => socket.end('x'))
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number }
    const socket = connect(port, '127.0.0.1')
    socket.once('data', () => {
      act()
      socket.destroy()
      server.close()
    })
  })
}
