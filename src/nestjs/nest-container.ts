import type { ModulesContainer } from '@nestjs/core'
import { ContextIdFactory, ModuleRef } from '@nestjs/core'
import type { Constructor, JobContainer, OwnServices, Provider, Token } from '../container/container.js'
import { TsyringeContainer } from '../container/tsyringe-container.js'
import { attachContext } from '../jobs/define/base-job.js'
import { JobContext } from '../jobs/define/job-context.js'

interface Job {
  run(...args: unknown[]): unknown
}

/** The injector of the module that a class is a provider of. */
interface Host {
  readonly moduleRef: ModuleRef
  /** Whether Nest makes it anew for each context; else it has one instance, which runs at the same time cannot share. */
  readonly isResolved: boolean
}

/**
 * The container of an app whose jobs Nest builds. Each run has an instance and a context of its own, in which the task is the request. The
 * services of the app itself are those of its own container.
 */
export class NestContainer implements JobContainer {
  readonly #own = new TsyringeContainer()
  readonly #hosts = new Map<object, Host>()

  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly modules: ModulesContainer,
  ) {}

  get bound(): readonly Token[] {
    return this.#own.bound
  }

  register<T>(token: Token<T>, provider: Provider<T>): this {
    this.#own.register(token, provider)
    return this
  }

  resolve<T>(token: Token<T>): T {
    return this.#own.resolve(token)
  }

  isRegistered(token: Token): boolean {
    return this.#own.isRegistered(token)
  }

  seal(): void {
    this.#own.seal()
  }

  forget(): void {
    this.#own.forget()
  }

  /** Builds nothing yet: Nest does so asynchronously, so the instance is made when it runs. */
  build<T extends object>(target: Constructor<T>, inject: readonly unknown[] | undefined, own?: OwnServices): T {
    const context = own?.get(JobContext) as JobContext | undefined
    // A schedule asks an instance that never runs when it is due.
    if (context === undefined) return this.#own.build(target, inject, own)
    const job = async (): Promise<Job> => await this.#jobOf(target as unknown as Constructor<Job>, context)
    return (isGenerator(target) ? new GeneratorRun(job) : new PromiseRun(job)) as unknown as T
  }

  async #jobOf(target: Constructor<Job>, context: JobContext): Promise<Job> {
    const id = ContextIdFactory.create()
    const { moduleRef, isResolved } = this.#hostOf(target)
    moduleRef.registerRequestByContextId(context.task, id)
    const job = isResolved
      ? await moduleRef.resolve<Job>(target, id, { strict: false })
      : await moduleRef.create<Job>(target as never, id)
    attachContext(job, context)
    return job
  }

  #hostOf(target: Constructor<Job>): Host {
    const known = this.#hosts.get(target)
    if (known !== undefined) return known
    const host = this.#findHost(target)
    this.#hosts.set(target, host)
    return host
  }

  #findHost(target: Constructor<Job>): Host {
    for (const module of this.modules.values()) {
      const provider = module.providers.get(target)
      if (provider === undefined) continue
      const ref = module.getProviderByKey(ModuleRef).instance
      // A test may have put a value or another class in its place.
      const isReplaced = provider.metatype !== (target as unknown)
      return { moduleRef: ref, isResolved: isReplaced || provider.isTransient || !provider.isDependencyTreeStatic() }
    }
    return { moduleRef: this.moduleRef, isResolved: false }
  }
}

/** A job that Nest builds when it runs. */
class PromiseRun implements Job {
  constructor(private readonly job: () => Promise<Job>) {}

  async run(...args: unknown[]): Promise<unknown> {
    return await (await this.job()).run(...args)
  }
}

/** The same of a job that is a generator: it can be stopped between its steps. */
class GeneratorRun implements Job {
  constructor(private readonly job: () => Promise<Job>) {}

  *run(...args: unknown[]): Generator<unknown, unknown> {
    const job = (yield this.job()) as Job
    return yield* job.run(...args) as Generator<unknown, unknown>
  }
}

function isGenerator(target: Constructor<object>): boolean {
  const { run } = target.prototype as { readonly run?: object }
  return run?.constructor.name === 'GeneratorFunction'
}
