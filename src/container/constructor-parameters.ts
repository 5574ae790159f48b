import 'reflect-metadata'
import { described, InjectionError } from '../errors.js'
import type { Token } from './container.js'

const FIX =
  'list them with @Job({ inject: [...] }), or turn experimentalDecorators and emitDecoratorMetadata on and decorate the class, or turn `import type` into `import`'

/** The decorator of a constructor's parameter, which decides what is injected there. */
export class Label {
  constructor(readonly value: (get: (token: unknown) => unknown) => unknown) {}
}

/** The parameters of one constructor that have a decorator, by position from 0. */
export type Labels = ReadonlyMap<number, Label>

/**
 * The types of a constructor's parameters, in order: from decorator metadata, of the nearest ancestor when the class has no
 * constructor of its own.
 *
 * @param inject - types given by hand; they take precedence
 * @param labels - the decorators of single parameters
 * @returns types, and in place of a type the label of a parameter that has one
 * @throws {@link InjectionError} when the constructor has parameters whose types are not known
 */
export function constructorParameters(
  target: Token,
  inject: readonly unknown[] | undefined,
  labels: (owner: Token) => Labels,
): readonly unknown[] {
  const called: unknown = target
  if (typeof called !== 'function') throw new InjectionError(described(called), 'nothing is bound to it')
  if (inject !== undefined) {
    if (inject.length < target.length) {
      throw new InjectionError(
        target.name,
        `its constructor has ${String(target.length)} parameters, and inject lists ${String(inject.length)}`,
      )
    }
    inject.forEach((type, i) => {
      refuseUnknown(target, type, i)
    })
    return inject
  }
  const owner = constructorOwner(target)
  if (owner === null || owner.length === 0) return []
  const types = typesOf(owner, labels(owner))
  if (types.length < owner.length) {
    throw new InjectionError(
      target.name,
      `its constructor has ${String(owner.length)} parameters, and nothing tells their types; ${FIX}`,
    )
  }
  types.forEach((type, i) => {
    refuseUnknown(target, type, i)
  })
  return types
}

/** The types that the compiler wrote down; in place of a type, the label of a decorated parameter. */
function typesOf(owner: Token, labels: Labels): readonly unknown[] {
  const types = (Reflect.getOwnMetadata('design:paramtypes', owner) as unknown[] | undefined) ?? []
  const count = Math.max(types.length, ...[...labels.keys()].map((i) => i + 1))
  return Array.from({ length: count }, (_, i) => labels.get(i) ?? types[i])
}

/** The class that declares the constructor in force. */
function constructorOwner(target: Token): Token | null {
  for (
    let each: Token | null = target;
    each && each !== Function.prototype;
    each = Object.getPrototypeOf(each) as Token | null
  ) {
    // Compilers write metadata for a class that has a constructor of its own, and only then.
    if (each.length > 0 || Reflect.hasOwnMetadata('design:paramtypes', each)) return each
    const source = Function.prototype.toString.call(each)
    if (!source.startsWith('class') || /(?<![.\w$])constructor\s*\(/.test(source)) return each
  }
  return null
}

function refuseUnknown(target: Token, type: unknown, index: number): void {
  const plain: unknown[] = [undefined, null, Object, String, Number, Boolean, Array, Function]
  if (!plain.includes(type)) return
  const what = type === undefined || type === null ? 'undefined (an import cycle, or a type)' : (type as Token).name
  throw new InjectionError(
    target.name,
    `parameter ${String(index + 1)} of its constructor is ${what}, which cannot be injected; ${FIX}`,
  )
}
