import 'reflect-metadata'
import { InjectionError } from '../errors.js'
import type { Token } from './container.js'

const FIX =
  'list them with @Job({ inject: [...] }), or turn experimentalDecorators and emitDecoratorMetadata on and decorate the class, or turn `import type` into `import`'

/**
 * What a class's constructor gets, in order: from decorator metadata, or from its nearest ancestor when it has no
 * constructor of its own.
 *
 * @param inject - given by hand, and then it counts
 * @throws {@link InjectionError} where there are parameters and nothing tells their types
 */
export function constructorParameters(target: Token, inject?: readonly unknown[]): readonly unknown[] {
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
  const types = typesOf(owner)
  if (types === undefined || types.length < owner.length) {
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

/** What the compiler wrote down, and in place of it what tsyringe's `@inject(token)` says of a parameter. */
function typesOf(owner: Token): unknown[] | undefined {
  const types = Reflect.getOwnMetadata('design:paramtypes', owner) as unknown[] | undefined
  const tokens = (Reflect.getOwnMetadata('injectionTokens', owner) ?? {}) as Readonly<
    Record<string, { readonly token: unknown }>
  >
  return types?.map((type, i) => tokens[String(i)]?.token ?? type)
}

/** The class that declares the constructor in force. */
function constructorOwner(target: Token): Token | null {
  for (
    let each: Token | null = target;
    each && each !== Function.prototype;
    each = Object.getPrototypeOf(each) as Token | null
  ) {
    const source = Function.prototype.toString.call(each)
    if (!source.startsWith('class') || /\bconstructor\s*\(/.test(source)) return each
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
