/**
 * Runs steps one after another. One that fails does not keep the later ones from running.
 *
 * @throws the first failure, after all steps have run
 */
export async function allSteps(...steps: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = []
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}
