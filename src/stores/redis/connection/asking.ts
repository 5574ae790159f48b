import type { Redis } from 'ioredis'

/** The same client, which sends ASKING before each command: the node then takes commands on a slot that is still on its way. */
export function asking(redis: Redis): Redis {
  const view = Object.create(redis) as Redis
  view.sendCommand = (command, stream) => {
    ask(redis)
    return redis.sendCommand(command, stream)
  }
  return view
}

/** Sends ASKING. It counts for the next command only. */
export function ask(redis: Redis): void {
  // Where it fails, so does the next command.
  redis.call('ASKING').catch(() => undefined)
}
