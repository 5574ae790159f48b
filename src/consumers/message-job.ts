import { RunnableJob } from '../jobs/loading/runnable-job.js'
import type { Message } from '../model/message.js'
import { messageOf } from '../model/message-type.js'
import type { ConsumerAPI } from './consumer-api.js'

const PREFIX = 'message:'

type Data = Readonly<Record<string, unknown>>

/** The name under which messages of a type are queued. No job can have it. */
export function messageJobName(type: string): string {
  return PREFIX + type
}

/** The type of the messages that are queued under a name; null for the name of a job. */
export function messageTypeOf(name: string): string | null {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : null
}

/** The job as which the messages of one type are queued. Their data are its arguments; it passes them to their consumer. */
export class MessageJob extends RunnableJob {
  readonly #type: string

  constructor(type: string, consumer: ConsumerAPI) {
    const run = async (message: Message): Promise<unknown> => {
      const result = await consumer.execute(message)
      await consumer.backend.publish('done', message)
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
