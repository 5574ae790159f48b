import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterEach } from 'vitest'

/** Has servers listen on ports of their own until the end of a test, the last one first. @returns does so, and gives the address */
export function useServers(): (server: Server) => Promise<string> {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })
  return async (server) => {
    if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
    closing.push(async () => {
      server.closeAllConnections()
      await promisify(server.close.bind(server))()
    })
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  }
}
