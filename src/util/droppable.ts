import { setImmediate } from './timers.js'

/** Marks itself as held as soon as someone waits for it. */
class DroppablePromise<T> extends Promise<T> {
  #isHeld = false

  /** `then`, `catch` and `finally` give plain promises. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  override then<A = T, B = never>(
    onDone?: ((value: T) => A | PromiseLike<A>) | null,
    onFailed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isHeld = true
    return super.then(onDone, onFailed)
  }

  /** Calls back with the error of the promise, unless someone waits for it by then. */
  whenDropped(onDropped: (error: unknown) => void): this {
    super.then(undefined, (error: unknown) => {
      setImmediate(() => {
        if (!this.#isHeld) onDropped(error)
      })
    })
    return this
  }
}

/**
 * A promise for a user who need not wait for it. Node ends a process in which a promise is rejected that nobody holds; the
 * error of this one goes to `onDropped` instead. A function that is `async` cannot return it: it would return a plain promise.
 */
export function droppable<T>(promise: Promise<T>, onDropped: (error: unknown) => void): Promise<T> {
  return new DroppablePromise<T>((resolve, reject) => {
    promise.then(resolve, reject)
  }).whenDropped(onDropped)
}
