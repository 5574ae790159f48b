export async function startRedisServer(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  throw new Error('todo')
}
