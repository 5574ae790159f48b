import 'reflect-metadata'
import { describe, expect, it } from 'vitest'
import { toMilliseconds } from '../../lib/model/duration.js'

class Dependency {}

function Marked(): ClassDecorator {
  return () => undefined
}

@Marked()
class Marker {
  constructor(readonly dependency: Dependency) {}
}

describe('the toolchain of the specs', () => {
  it('emits decorator metadata', () => {
    expect(Reflect.getMetadata('design:paramtypes', Marker)).toEqual([Dependency])
  })

  it('loads the built library as Node does', async () => {
    const native = (await import('node:module')).createRequire(import.meta.url)
    const required = native('../../lib/model/duration.js') as { toMilliseconds: unknown }
    expect(required.toMilliseconds).toBe(toMilliseconds)
  })
})
