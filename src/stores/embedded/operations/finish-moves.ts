/** No task is ever on its way: a move is one transaction. */
export async function finishMoves(): Promise<number> {
  return await Promise.resolve(0)
}
