import { createRequire } from 'node:module'
import { JobDefinitionError } from '../../errors.js'
import { errorMessage } from '../../util/thrown.js'

type AnyFunction = (...args: readonly unknown[]) => unknown
type MakeFunction = (require: NodeJS.Require, jitiImport: (name: string) => Promise<unknown>) => AnyFunction

/** Makes a function of its source, as `runInThread` carries it. @throws {@link JobDefinitionError} */
export function functionOf(source: string): AnyFunction {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- a function travels as its source
    const make = new Function('require', 'jitiImport', `return (${source})`) as MakeFunction
    // In TypeScript that jiti has loaded, `import(...)` is a call of its own.
    return make(createRequire(import.meta.url), async (name) => (await import(name)) as unknown)
  } catch (error) {
    throw new JobDefinitionError(
      'runInThread',
      'expected an arrow function or a function expression, which is carried as its source, got one that is not: ' +
        errorMessage(error),
    )
  }
}
