import type { Check } from '../../model/manifest.js'
import type { ClientModel, MethodModel } from '../model/client-model.js'
import { replaceReferences } from '../model/check-references.js'
import { UniqueNames } from '../model/unique-names.js'
import { isObject, OUTPUT, printDeclaration } from './print-type.js'
import { pascalCase } from './print-literal.js'

/**
 * The types of a standalone client, which imports none of the jobs. Every object type gets a name of its own, after the
 * members that lead to it, since a type of names alone prints in one line. Created by the printer.
 */
export class StandaloneTypes {
  readonly #types = new Map<string, Check>()
  readonly #arguments = new Map<MethodModel, readonly Check[]>()
  readonly #results = new Map<MethodModel, Check>()
  readonly #unique = new UniqueNames()

  constructor({ methods, types }: ClientModel) {
    for (const { argsType } of methods) this.#unique.take(argsType)
    const names = new Map([...types.keys()].sort().map((name) => [name, this.#unique.take(name)]))
    const renamed = (check: Check): Check => replaceReferences(check, (ref) => ({ ref: names.get(ref) ?? ref }))
    for (const [ref, name] of names) this.#declare(name, renamed(types.get(ref) ?? 'any'))
    for (const method of methods) {
      const base = method.argsType.slice(0, -'Args'.length)
      this.#arguments.set(
        method,
        method.parameters.map(({ check, name }) => this.#name(renamed(check), `${base}${pascalCase(name)}`)),
      )
      this.#results.set(method, this.#name(renamed(method.result), `${base}Result`))
    }
  }

  /** @returns the declarations of all named types, by name */
  declarations(): string[] {
    const sorted = [...this.#types].sort(([a], [b]) => (a < b ? -1 : 1))
    return sorted.map(([name, check]) => printDeclaration(name, check, OUTPUT))
  }

  /** @returns the check of an argument, whose objects are references */
  argumentOf(method: MethodModel, index: number): Check {
    return this.#arguments.get(method)?.[index] ?? 'any'
  }

  /** @returns the check of a result, whose objects are references */
  resultOf(method: MethodModel): Check {
    return this.#results.get(method) ?? 'any'
  }

  /**
   * Names every object inside a check, and the check itself if it is one.
   *
   * @param path - name of what the check stands for
   * @returns the check with references in the places of objects
   */
  #name(check: Check, path: string): Check {
    const inside = (inner: Check, suffix = ''): Check => this.#name(inner, `${path}${suffix}`)
    if (typeof check === 'string' || 'literal' in check || 'ref' in check) return check
    if ('array' in check) return { array: inside(check.array, 'Item') }
    if ('tuple' in check) {
      const tuple = check.tuple.map((each, i) => inside(each, String(i + 1)))
      return { tuple, ...(check.rest !== undefined && { rest: inside(check.rest, 'Rest') }) }
    }
    if ('record' in check) return { record: inside(check.record, 'Value') }
    if ('map' in check) return { map: [inside(check.map[0], 'Key'), inside(check.map[1], 'Value')] }
    if ('set' in check) return { set: inside(check.set, 'Item') }
    if ('union' in check) return { union: check.union.map((each) => inside(each)) }
    if (Object.keys(check.object).length === 0) return check
    const name = this.#unique.take(path)
    this.#declare(name, check)
    return { ref: name }
  }

  /** Declares a type under a name: of an object, the objects inside it get names after it. */
  #declare(name: string, check: Check): void {
    // Its place in the order is taken before those of the types inside it.
    this.#types.set(name, 'any')
    this.#types.set(name, isObject(check) ? this.#nameMembers(check, name) : this.#name(check, name))
  }

  #nameMembers(check: Extract<Check, { object: unknown }>, name: string): Check {
    const members = Object.entries(check.object).map(([key, member]) => {
      const plain = key.replace(/[^\p{L}\p{N}]+/gu, '')
      return [key, this.#name(member, `${name}${pascalCase(plain)}`)] as const
    })
    return { object: Object.fromEntries(members), ...(check.rest !== undefined && { rest: check.rest }) }
  }
}
