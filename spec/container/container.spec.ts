import 'reflect-metadata'
import {
  Config,
  fromTypedi,
  Injectable,
  JobContext,
  JsonSerializer,
  Manager,
  MsgpackSerializer,
  PulsarQueue,
  Serializer,
} from 'pulsar-queue'
import { delay, inject, injectable, injectAll, container as tsyringe } from 'tsyringe'
import { Container as Typedi, Service } from 'typedi'
import { describe, expect, it } from 'vitest'
import { TsyringeContainer } from '../../lib/container/tsyringe-container.js'

class Clock {
  readonly now = 5
}

@Injectable()
class Watch {
  constructor(readonly clock: Clock) {}
}

class Bare {
  constructor(readonly clock: Clock) {}
}
// A class as it is compiled without decorator metadata.
const Stripped = Bare as unknown as new (...args: never[]) => Bare

abstract class Store {
  abstract readonly kind: string
}

class Fixed extends Store {
  constructor(readonly kind: string) {
    super()
  }
}

describe('the container', () => {
  it('injects by the types of constructor parameters', () => {
    expect(new TsyringeContainer().resolve(Watch).clock.now).toBe(5)
  })

  it('builds a bound class once, and an unbound one anew each time', () => {
    const container = new TsyringeContainer().register(Clock, { useClass: Clock })
    expect(container.resolve(Clock)).toBe(container.resolve(Clock))
    expect(container.resolve(Watch)).not.toBe(container.resolve(Watch))
  })

  it('takes abstract classes as tokens, and the last binding counts', () => {
    const container = new TsyringeContainer()
    container.register(Store, { useValue: new Fixed('a') })
    container.register(Store, { useFactory: () => new Fixed('b') })
    expect(container.resolve(Store).kind).toBe('b')
  })

  it.each([
    ['tsyringe', () => new TsyringeContainer()],
    ['typedi', () => fromTypedi(Typedi.of('malformed bindings'))],
  ])('refuses at once what is no binding, on %s', (_name, make) => {
    for (const wrong of [Fixed, null, undefined, {}, { useClass: 'Fixed' }, { useFactory: 7 }]) {
      expect(() => make().register(Store, wrong as never)).toThrow(
        /cannot build Store: expected it to be bound to .*got/,
      )
    }
    expect(() => make().register('store' as never, { useValue: 1 })).toThrow('cannot build "store": a token is a class')
  })

  it('follows @inject on a parameter', () => {
    @injectable()
    class Labelled {
      constructor(@inject(Store as never) readonly store: object) {}
    }
    const container = new TsyringeContainer().register(Store, { useValue: new Fixed('labelled') })
    expect((container.resolve(Labelled).store as Store).kind).toBe('labelled')
  })

  it('supports names, lists, delayed classes and optional parameters', () => {
    tsyringe.register('container.spec', { useValue: 1 }).register('container.spec', { useValue: 2 })
    @injectable()
    class Several {
      constructor(
        @inject('container.spec') readonly last: number,
        @injectAll('container.spec') readonly all: number[],
        @inject(delay(() => Clock)) readonly clock: Clock,
        @inject('container.spec.absent', { isOptional: true }) readonly absent?: number,
      ) {}
    }
    const several = new TsyringeContainer().resolve(Several)
    expect(several).toMatchObject({ last: 2, all: [1, 2], absent: undefined })
    expect(several.clock.now).toBe(5)
  })

  it('refuses a name to which nothing is bound', () => {
    @injectable()
    class Wanting {
      constructor(@inject('container.spec.nothing') readonly nothing: string) {}
    }
    expect(() => new TsyringeContainer().resolve(Wanting)).toThrow(
      expect.objectContaining({
        code: 'PQ_INJECTION',
        message: expect.stringContaining('container.spec.nothing') as string,
      }),
    )
  })

  it('injects into a constructor that is inherited', () => {
    class Copied extends Watch {
      copy(): object {
        return new (this.constructor as typeof Copied)(this.clock)
      }
    }
    expect(new TsyringeContainer().resolve(Copied).clock.now).toBe(5)
  })

  it('refuses a class with constructor parameters and no metadata, naming the fix', () => {
    expect(() => new TsyringeContainer().resolve(Stripped)).toThrow(
      expect.objectContaining({
        code: 'PQ_INJECTION',
        message: expect.stringMatching(/@Job\({ inject: \[...\] }\)/) as string,
      }),
    )
  })

  it('refuses an abstract class of this package that nothing is bound to, rather than building it empty', () => {
    const container = new TsyringeContainer()
    expect(() => container.resolve(JobContext)).toThrow(expect.objectContaining({ code: 'PQ_INJECTION' }))
    expect(() => container.build(Stripped, [Serializer], new Map())).toThrow(/nothing is bound to it/)
  })

  it('refuses what cannot be injected: a type that is gone at run time, or a plain value', () => {
    Reflect.defineMetadata('design:paramtypes', [Object], Stripped)
    expect(() => new TsyringeContainer().resolve(Stripped)).toThrow(/parameter 1 of its constructor is Object/)
    Reflect.defineMetadata('design:paramtypes', [undefined], Stripped)
    expect(() => new TsyringeContainer().resolve(Stripped)).toThrow(/import type/)
    Reflect.deleteMetadata('design:paramtypes', Stripped)
  })

  it('takes registered services from TypeDI, and builds other classes', () => {
    @Service()
    class Shared {
      readonly mark = Symbol('mark')
    }
    @Injectable()
    class Needs {
      constructor(readonly shared: Shared) {}
    }
    const container = fromTypedi(Typedi)
    expect(container.resolve(Needs).shared).toBe(Typedi.get(Shared))
    expect(container.resolve(Watch).clock.now).toBe(5)
  })
})

describe('an app', () => {
  const settings = { dataStore: 'embedded::memory:container', logLevel: 'silent', parseConsole: false } as const

  it('binds its six tokens, and a binding before the start replaces the default', async () => {
    const app = new PulsarQueue(settings)
    app.container.register(Serializer, { useClass: MsgpackSerializer })
    class Mine extends Manager {}
    app.container.register(Manager, { useClass: Mine })
    const api = await app.api().start()
    expect(api.manager).toBeInstanceOf(Mine)
    expect(app.container.resolve(Serializer)).toBeInstanceOf(MsgpackSerializer)
    expect(api.manager.config).toBe(app.container.resolve(Config))
    expect(api.manager.queues()).toEqual([api.nodeName, 'pulsarqueue'])
    await app.close()
  })

  it('refuses a binding after the start', async () => {
    const app = new PulsarQueue(settings)
    await app.api().start()
    const rebind = (): unknown => app.container.register(Serializer, { useClass: JsonSerializer })
    expect(rebind).toThrow(expect.objectContaining({ code: 'PQ_ALREADY_STARTED' }))
    await app.close()
  })
})
