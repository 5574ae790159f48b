/**
 * Waits until all promises have settled.
 *
 * @throws the first failure, in the order of the list, after all have settled
 */
export async function allEnded(promises: Iterable<unknown>): Promise<void> {
  for (const end of await Promise.allSettled(promises)) if (end.status === 'rejected') throw end.reason
}
