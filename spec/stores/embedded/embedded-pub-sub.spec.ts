import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { EmbeddedPubSub } from '../../../lib/stores/embedded/embedded-pub-sub.js'
import { pubSubConformance } from '../pub-sub-conformance.js'

describe('embedded pub/sub in a directory', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'pq-pubsub-'))
  })
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  pubSubConformance((namespace = 'spec') => new EmbeddedPubSub(`embedded:${directory}?namespace=${namespace}`))
})

describe('embedded pub/sub in memory', () => {
  pubSubConformance((namespace = 'spec') => new EmbeddedPubSub(`embedded::memory:pubsub?namespace=${namespace}`))
})
