import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

/** A command that a server has run. */
export interface SeenCommand {
  /** Seconds since the epoch. */
  readonly at: number
  /** The command and its arguments, as MONITOR shows them, but for escaped quotes. */
  readonly args: string[]
  /** The client's address; `lua` for commands of scripts. */
  readonly source: string
}

/**
 * Tells of all commands that a server runs from now on. A connection of its own: ioredis fails where the first command comes together with
 * the answer to MONITOR.
 *
 * @returns ends it
 */
export async function monitor(
  { host = '127.0.0.1', port }: { readonly host?: string | undefined; readonly port?: number | undefined },
  seen: (command: SeenCommand) => void,
): Promise<() => void> {
  if (port === undefined) throw new Error('expected a port')
  const socket = connect(port, host)
  await once(socket, 'connect')
  const lines = createInterface(socket)
  const first = once(lines, 'line')
  lines.on('line', (line) => {
    const command = /^\+([\d.]+) \[\d+ (\S+)\] "(.*)"$/.exec(line)
    if (!command) return
    const [, at, source = '', args = ''] = command
    seen({ at: Number(at), args: args.split('" "').map((arg) => arg.replaceAll('\\"', '"')), source })
  })
  socket.write('MONITOR\r\n')
  const [answer] = (await first) as [string]
  if (answer !== '+OK') throw new Error(`MONITOR was answered by ${answer}`)
  return () => {
    lines.close()
    socket.destroy()
  }
}
