import { ConsumerAPI, Message, MessageType } from 'pulsar-queue'

/** A reading of a thermometer. */
@MessageType('reading')
export class Reading extends Message {
  constructor(
    readonly place: string,
    readonly celsius: number,
  ) {
    super()
  }
}

/** Consumes readings, beside the consumer of tasks. */
export class Readings extends ConsumerAPI {
  readonly name = 'readings'
  override readonly messages = [Reading]
  readonly #all: number[] = []

  /** Takes one reading. The return value is the result of the message; an error fails it. */
  override async execute(message: Message) {
    if (!(message instanceof Reading)) throw new TypeError('expected a reading')
    this.#all.push(message.celsius)
    if (message.celsius > 30) await this.backend.publish('warm', message)
    return { isWarm: message.celsius > 30 }
  }

  override info() {
    return { average: this.#all.reduce((sum, each) => sum + each, 0) / this.#all.length }
  }
}

declare module 'pulsar-queue' {
  interface Consumers {
    readonly readings: Readings
  }
  interface MessageTypes {
    reading: Reading
  }
}
