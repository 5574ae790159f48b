import type { JobContext } from './job-context.js'

/** A class with a `run` method, decorated with `@Job()`. */
export type JobClass = abstract new (...args: never[]) => { run(...args: never[]): unknown }

/** A job that is a function: the value that `defineJob` returns. */
export interface DefinedJob<F extends JobFunction = JobFunction> {
  /** Name on the wire. */
  readonly name: string
  readonly run: F
}

/** The function that `defineJob` takes. */
export type JobFunction = (this: JobContext, ...args: never[]) => unknown

/** A value that stands for a job in a call, in place of its name. */
export type AnyJob = JobClass | DefinedJob

/** The type of a job's `run`. */
export type RunOf<J> =
  J extends DefinedJob<infer F>
    ? OmitThisParameter<F>
    : J extends abstract new (...args: never[]) => { run: infer R }
      ? R
      : never

/** A job's arguments by position. */
export type ArgsTuple<J> = RunOf<J> extends (...args: infer A) => unknown ? Readonly<A> : never

/** A job's arguments by name. The compiler does not know parameter names, so only the generated client checks them. */
export type ArgsObject<J> = ArgsTuple<J> extends readonly [] ? Record<string, never> : Readonly<Record<string, unknown>>

/** The awaited result of a job. The result of a generator is the value that it returns. */
export type ResultOf<J> = RunOf<J> extends (...args: never[]) => infer R ? ResultOfRun<R> : never

/** The awaited return value of a `run`. That of a generator is the value that it returns. */
export type ResultOfRun<R> =
  R extends Generator<unknown, infer T, never> ? T : R extends AsyncGenerator<unknown, infer T, never> ? T : Awaited<R>

/** A class that `@Job()` may mark: it has a \`run\` method. */
export type JobTargetClass = new (...args: never[]) => { run(...args: never[]): unknown }
