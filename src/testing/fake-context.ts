import { InvalidOptionError } from '../errors.js'
import type { RunServices } from '../execution/run-context.js'
import { RunContext } from '../execution/run-context.js'
import type { RunOfJob } from '../execution/run.js'
import type { Http } from '../jobs/http.js'
import type { Logger } from '../logging/logger.js'
import type { ShellOptions } from '../jobs/shell.js'
import type { FetchedCall, ShellCall } from './job-run.js'
import type { RunJobOptions } from './run-job-options.js'

/**
 * What a job reaches in a test: a real context over services that keep what they are told. Made for one run.
 *
 * What the test has not given is refused: `mistake` is then what `runJob` rejects with, whatever the job makes of it.
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

  /** What the job asked for and the test has not given; null: nothing. */
  get mistake(): InvalidOptionError | null {
    return this.#mistake
  }

  override get logger(): Logger {
    return this.lines
  }

  /** Here and now: a test has no threads. What goes in and comes out is copied as if it had. */
  override async runInThread<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
    return structuredClone(await fn(...structuredClone(args)))
  }

  override async shell(command: string, options: ShellOptions = {}): Promise<string> {
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
