import { JobDefinitionError } from '../../errors.js'
import { packagePlace, requireAt } from '../../util/package-files.js'
import { errorMessage } from '../../util/thrown.js'

type AnyFunction = (...args: readonly unknown[]) => unknown
type MakeFunction = (require: NodeJS.Require, jitiImport: (name: string) => Promise<unknown>) => AnyFunction

/** Compiles the source of a function that `runInThread` has sent. @throws {@link JobDefinitionError} */
export function functionOf(source: string): AnyFunction {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- a function travels as its source
    const make = new Function('require', 'jitiImport', `return (${source})`) as MakeFunction
    // jiti compiles `import(...)` to a call of `jitiImport`, so the function needs that name.
    return make(
      requireAt(packagePlace()),
      async (name) =>
        (await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ name)) as unknown,
    )
  } catch (error) {
    throw new JobDefinitionError(
      'runInThread',
      'expected an arrow function or a function expression, which is carried as its source, got one that is not: ' +
        errorMessage(error),
    )
  }
}
