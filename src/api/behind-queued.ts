import type { Broker } from '../stores/broker.js'

/** The face of a broker is made once: what is told once of a broker is kept by it. */
const faces = new WeakMap<Broker, Broker>()

/**
 * Makes the face of a broker whose calls come behind the tasks that were queued before. The broker itself stays as it is.
 *
 * @param flush - sends the tasks that are not sent yet
 */
export function behindQueued(broker: Broker, flush: () => void): Broker {
  const made = faces.get(broker)
  if (made) return made
  const face = new Proxy(broker, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        flush()
        // Its methods use private members, which a proxy does not have.
        return Reflect.apply(member, target, args)
      }
    },
  })
  faces.set(broker, face)
  return face
}
