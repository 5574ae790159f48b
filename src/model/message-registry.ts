/** A class of messages. */
export type MessageClass = abstract new (...args: never[]) => object

const KEY = Symbol.for('pulsar-queue.messages')

interface Registry {
  readonly types: Map<object, string>
  readonly classes: Map<string, MessageClass>
}

/** The registered classes. Kept on `globalThis`, so that two copies of the package in one process share them. */
function registry(): Registry {
  const holder = globalThis as unknown as { [KEY]: Registry | undefined }
  return (holder[KEY] ??= { types: new Map(), classes: new Map() })
}

/** Registers a class under the name of its type. @returns the class that has the name already; null where it was free */
export function registerMessage(type: string, target: MessageClass): MessageClass | null {
  const { types, classes } = registry()
  const known = classes.get(type)
  if (known !== undefined && known !== target) return known
  types.set(target, type)
  classes.set(type, target)
  return null
}

/** The name of a class's type. A class without one has the type of its nearest ancestor with a type. */
export function typeOfClass(target: unknown): string | undefined {
  const { types } = registry()
  for (let each = target; typeof each === 'function'; each = Object.getPrototypeOf(each) as unknown) {
    const type = types.get(each)
    if (type !== undefined) return type
  }
  return undefined
}

/** The class of a type; undefined where none is registered. */
export function classOfType(type: string): MessageClass | undefined {
  return registry().classes.get(type)
}
