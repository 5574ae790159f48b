/** Why a body was not read to its end. */
export type UnreadBody = 'too large' | 'stopped'

/**
 * Reads the body of a request.
 *
 * @param request - of which nothing was read yet
 * @param limit - most bytes of the body
 * @param stopping - aborted when the service stops: the rest of a body may never come
 */
export async function readBody(
  request: Request,
  limit: number,
  stopping: AbortSignal,
): Promise<Uint8Array | UnreadBody> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return 'too large'
  const reader = (request.body as ReadableStream<Uint8Array> | null)?.getReader()
  if (reader === undefined) return new Uint8Array()
  let stop = (): void => undefined
  const stopped = new Promise<'stopped'>((resolve) => {
    stop = () => {
      resolve('stopped')
    }
    stopping.addEventListener('abort', stop, { once: true })
  })
  if (stopping.aborted) stop()
  try {
    const chunks: Uint8Array[] = []
    let size = 0
    for (;;) {
      const next = await Promise.race([reader.read(), stopped])
      if (next === 'stopped') return next
      if (next.done) return Buffer.concat(chunks, size)
      size += next.value.length
      if (size > limit) return 'too large'
      chunks.push(next.value)
    }
  } finally {
    stopping.removeEventListener('abort', stop)
  }
}
