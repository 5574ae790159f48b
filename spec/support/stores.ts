import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedisServer } from './redis-server.js'

/** A store that belongs to one spec file. */
export interface Store {
  readonly url: string
  dispose(): Promise<void>
}

/** The stores on which a spec runs when both must behave alike. */
export const STORES: readonly { readonly store: string; make(): Promise<Store> }[] = [
  {
    store: 'embedded',
    async make() {
      const directory = mkdtempSync(join(tmpdir(), 'pq-spec-'))
      return {
        url: `embedded:${directory}`,
        async dispose() {
          rmSync(directory, { recursive: true, force: true })
        },
      }
    },
  },
  {
    store: 'redis',
    async make() {
      const server = await startRedisServer()
      return {
        url: server.url,
        async dispose() {
          await server.stop()
        },
      }
    },
  },
]
