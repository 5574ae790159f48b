import type { Broker } from '../stores/broker.js'

/** What sends the tasks of an app. */
export interface TaskFlusher {
  /** Sends the tasks that are not sent yet. */
  flush(): void
}

/** By sender and broker: apps may share a broker. The face is made once, since what is told once of a broker is kept by it. */
const faces = new WeakMap<TaskFlusher, WeakMap<Broker, Broker>>()

/** Makes the face of a broker whose calls come behind the tasks that a sender was given before. The broker itself stays as it is. */
export function behindQueued(broker: Broker, sender: TaskFlusher): Broker {
  const ofSender = faces.get(sender) ?? new WeakMap<Broker, Broker>()
  faces.set(sender, ofSender)
  const made = ofSender.get(broker)
  if (made) return made
  const face = new Proxy(broker, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        sender.flush()
        // Its methods use private members, which a proxy does not have.
        return Reflect.apply(member, target, args)
      }
    },
  })
  ofSender.set(broker, face)
  return face
}
