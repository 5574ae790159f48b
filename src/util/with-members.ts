/**
 * A copy of options with some members replaced. It never throws: where reading the options throws, reading the copy does, so
 * that their check refuses them as it refuses all others.
 */
export function withMembers<T extends object, M extends object>(options: T | undefined, members: M): T & M {
  try {
    return { ...options, ...members } as T & M
  } catch (error) {
    const get = (): never => {
      throw error
    }
    return Object.defineProperties({}, { id: { get, enumerable: true }, timeout: { get, enumerable: true } }) as T & M
  }
}
