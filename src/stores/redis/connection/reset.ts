import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Redis } from 'ioredis'

/** Ends a connection at once. Of what was written, the kernel sends nothing more, where there is no TLS. */
export function reset(stream: Redis['stream']): void {
  if (stream instanceof Socket && !(stream instanceof TLSSocket) && !stream.destroyed) stream.resetAndDestroy()
  else stream.destroy()
}
