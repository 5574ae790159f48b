/**
 * The arguments of a job that takes a DTO: the data members of the DTO, with plain objects in place of nested classes.
 *
 * @typeParam T - the DTO's class
 * @typeParam P - paths of members that may be left out because the class has a default: `'subject' | 'address.country'`
 */
export type DtoInput<T, P extends string = never> = T extends
  | string
  | number
  | boolean
  | bigint
  | null
  | undefined
  | Date
  | Uint8Array
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  ? T
  : T extends readonly unknown[]
    ? { readonly [I in keyof T]: DtoInput<T[I], P> }
    : T extends object
      ? {
          readonly [
            K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K extends P ? never : K
          ]: DtoInput<T[K], K extends string ? (P extends `${K}.${infer R}` ? R : never) : never>
        } & {
          readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K extends P ? K : never]?:
            DtoInput<T[K], K extends string ? (P extends `${K}.${infer R}` ? R : never) : never> | undefined
        }
      : T
