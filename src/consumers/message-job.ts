import { RunnableJob } from '../jobs/loading/runnable-job.js'
import type { Message } from '../model/message.js'
import { messageOf } from '../model/message-type.js'
import { errorMessage } from '../util/thrown.js'
import type { ConsumerAPI } from './consumer-api.js'

const PREFIX = 'message:'

type Data = Readonly<Record<string, unknown>>

/** The name of the internal job for messages of a type. No job of an application can have it. */
export function messageJobName(type: string): string {
  return PREFIX + type
}

/** The message type of an internal job; null for the name of an ordinary job. */
export function messageTypeOf(name: string): string | null {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : null
}

/** The internal job for messages of one type. Its arguments are the data of a message, which it passes to the consumer. */
export class MessageJob extends RunnableJob {
  readonly #type: string

  constructor(type: string, consumer: ConsumerAPI) {
    const run = async (message: Message): Promise<unknown> => {
      const result = await consumer.execute(message)
      await published(consumer, message)
      return result
    }
    const name = messageJobName(type)
    super(
      { name, target: { run }, run: run as never, options: { name }, file: `consumer ${consumer.name}`, dto: null },
      null,
    )
    this.#type = type
  }

  override checkArguments(args: Data): Data {
    return args
  }

  override bind(args: Data): unknown[] {
    return [messageOf(this.#type, args)]
  }
}

/** A message that was consumed is not consumed again because its event cannot be published. */
async function published({ backend }: ConsumerAPI, message: Message): Promise<void> {
  try {
    await backend.publish('done', message)
  } catch (error) {
    backend.logger.warn(`the event done of a ${message.type} could not be published: ${errorMessage(error)}`)
  }
}
