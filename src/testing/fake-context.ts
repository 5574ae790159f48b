import { InvalidOptionError } from '../errors.js'
import type { RunServices } from '../execution/run-services.js'
import { RunContext } from '../execution/run-context.js'
import type { RunOfJob } from '../execution/run.js'
import type { Http } from '../jobs/http.js'
import type { Logger } from '../logging/logger.js'
import type { ShellOptions } from '../jobs/shell.js'
import type { FetchedCall, ShellCall } from './job-run.js'
import type { RunJobOptions } from './run-job-options.js'

/**
 * The context of a job in a test: a real one, over services that record their calls. Created for one run.
 *
 * A call that needs a fake which the test has not given is refused. `runJob` then rejects with `mistake`, whatever the job
 * makes of the refusal.
 */
export class FakeContext extends RunContext {
  readonly fetched: FetchedCall[] = []
  readonly commands: ShellCall[] = []
  override readonly http: Http
  #mistake: InvalidOptionError | null = null

  constructor(
    run: RunOfJob,
    services: RunServices,
    private readonly lines: Logger,
    private readonly fakes: Pick<RunJobOptions, 'http' | 'shell'>,
  ) {
    super(run, services)
    this.http = { fetch: (async (...args) => await this.#fetch(args)) as Http['fetch'] }
  }

  /** The error of a fake that the job needed and the test did not give; null: none. */
  get mistake(): InvalidOptionError | null {
    return this.#mistake
  }

  override get logger(): Logger {
    return this.lines
  }

  /** The error of a call that needs a store. */
  needsStore(call: string): InvalidOptionError {
    const expected = 'used for queue, queueMany, queueLocal, execute, queues and jobList'
    return (this.#mistake ??= new InvalidOptionError(
      'backend.tasks',
      expected,
      `${call}()`,
      'runJob has no store: use createTestApp',
    ))
  }

  /** Runs on this event loop: a test has no threads. Arguments and result are copied as if it had. */
  protected override async runFunction<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    args: A,
  ): Promise<Awaited<R>> {
    return structuredClone(await fn(...structuredClone(args)))
  }

  protected override async runCommand(command: string, options: ShellOptions): Promise<string> {
    this.commands.push({ command, options })
    const { shell: fake } = this.fakes
    if (fake === undefined) throw this.#missing('shell', `ran ${command}`, 'or a function that really runs it')
    return await fake(command, options)
  }

  async #fetch(args: Parameters<Http['fetch']>): Promise<unknown> {
    const [target, init] = args
    const url = typeof target === 'string' ? target : 'url' in target ? target.url : target.href
    this.fetched.push({ url, init })
    const { http: fake } = this.fakes
    if (fake === undefined) throw this.#missing('http', `fetched ${url}`, 'or { fetch } for real requests')
    return await fake.fetch(...args)
  }

  #missing(option: string, what: string, real: string): InvalidOptionError {
    const hint = `give runJob what stands in for it, ${real}`
    return (this.#mistake ??= new InvalidOptionError(option, 'given', `nothing, and the job ${what}`, hint))
  }
}
