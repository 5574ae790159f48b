import 'reflect-metadata'
import { JobDefinitionError } from '../../errors.js'
import type { DtoClass } from './registry.js'

const marked = new WeakSet()
const PLAIN: readonly unknown[] = [String, Number, Boolean, Array, Function, Promise, Date, Map, Set]

/**
 * Marks the one parameter of `run` as the job's arguments: its type is a class whose data members the caller passes.
 * For `experimentalDecorators`; elsewhere `@Job({ args: Mail })` says the same.
 */
export function Args(): ParameterDecorator {
  return (prototype, method, index) => {
    if (method !== 'run' || index !== 0) {
      throw new JobDefinitionError(prototype.constructor.name, 'expected @Args() on the first parameter of run')
    }
    marked.add(prototype)
  }
}

/** The class of the parameter under `@Args()`. It is looked up on first use, since it may be declared below the job. */
export function dtoOf(target: {
  readonly prototype: object
  readonly name: string
}): (() => DtoClass | undefined) | null {
  const prototype = prototypeMarked(target.prototype)
  if (!prototype) return null
  return () => {
    const types = Reflect.getMetadata('design:paramtypes', prototype, 'run') as unknown[] | undefined
    const type = types?.[0]
    if (type !== Object && typeof type === 'function') {
      if (!PLAIN.includes(type)) return type as DtoClass
      throw new JobDefinitionError(target.name, `expected the parameter under @Args() to be a class, got ${type.name}`)
    }
    throw new JobDefinitionError(
      target.name,
      'there is no decorator metadata for the class under @Args(); write @Job({ args: TheClass }), turn emitDecoratorMetadata on, or turn `import type` into `import`',
    )
  }
}

function prototypeMarked(prototype: object): object | null {
  for (let each: object | null = prototype; each; each = Object.getPrototypeOf(each) as object | null) {
    if (marked.has(each)) return each
  }
  return null
}
