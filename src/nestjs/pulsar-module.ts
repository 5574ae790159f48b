import 'reflect-metadata'
import type {
  DynamicModule,
  FactoryProvider,
  NestModule,
  ModuleMetadata,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  Type,
} from '@nestjs/common'
import { Module } from '@nestjs/common'
import type { AbstractHttpAdapter } from '@nestjs/core'
import { HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core'
import { Api } from '../api/api.js'
import { PulsarQueue } from '../app/pulsar-queue.js'
import type { PulsarQueueOptions } from '../settings/options.js'
import type { PulsarDashboardOptions } from './dashboard-controller.js'
import { dashboardController, routeAll } from './dashboard-controller.js'
import { CLIENT, DASHBOARD, OPTIONS } from './inject.js'
import { NestContainer } from './nest-container.js'

/** Options of {@link PulsarModule}: the settings of the app, and what Nest does with it. */
export interface PulsarModuleOptions extends PulsarQueueOptions {
  /** Whether this process consumes the queues. Default: false, it only queues tasks. */
  readonly consume?: boolean | undefined
  /** Makes the generated client of `pq generate`, for `@InjectClient()`: its `createClient`. */
  readonly client?: ((api: Api) => unknown) | undefined
}

/** Options of `forRoot` that the module itself needs, before those of the app are known. */
export interface PulsarModuleStructure {
  /** Default: no dashboard. */
  readonly dashboard?: PulsarDashboardOptions | undefined
}

/** Options of `forRootAsync`. */
export interface PulsarModuleAsyncOptions extends PulsarModuleStructure, Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'] | undefined
  readonly useFactory: (...args: never[]) => PulsarModuleOptions | Promise<PulsarModuleOptions>
}

/**
 * pulsar-queue as a module of Nest: a provider of the app, its api and its generated client, all global. Jobs are providers of the modules
 * that list them: each run gets an instance of its own, and its task is the request of request-scoped providers. The app is closed with
 * Nest's shutdown hooks.
 */
export class PulsarModule implements NestModule, OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly moduleRef: ModuleRef) {}

  static forRoot({ dashboard, ...options }: PulsarModuleOptions & PulsarModuleStructure = {}): DynamicModule {
    return PulsarModule.forRootAsync({ dashboard, useFactory: () => options })
  }

  static forRootAsync({ dashboard, imports = [], inject = [], useFactory }: PulsarModuleAsyncOptions): DynamicModule {
    const controller = dashboard === undefined ? null : dashboardController(dashboard)
    return {
      module: PulsarModule,
      global: true,
      imports,
      providers: [
        { provide: OPTIONS, inject, useFactory: useFactory as (...args: unknown[]) => unknown },
        { provide: PulsarQueue, inject: [OPTIONS, ModuleRef, ModulesContainer], useFactory: appOf },
        { provide: Api, inject: [PulsarQueue], useFactory: async (app: PulsarQueue) => await app.api().start() },
        { provide: DASHBOARD, useValue: controller },
        { provide: CLIENT, inject: [Api, OPTIONS], useFactory: clientOf },
      ],
      controllers: controller === null ? [] : [controller],
      exports: [PulsarQueue, Api, CLIENT],
    }
  }

  /** Before routes are read, when the adapter of the platform is there. */
  configure(): void {
    const controller = this.moduleRef.get<Type | null>(DASHBOARD)
    const { httpAdapter } = this.moduleRef.get<{ httpAdapter?: AbstractHttpAdapter }>(HttpAdapterHost, {
      strict: false,
    })
    if (controller !== null && httpAdapter !== undefined) routeAll(controller, httpAdapter.getType())
  }

  /** Consumes where the options say so: all providers are there. */
  async onApplicationBootstrap(): Promise<void> {
    const { consume = false } = this.moduleRef.get<PulsarModuleOptions>(OPTIONS)
    if (consume) await this.moduleRef.get(PulsarQueue).start()
  }

  async onApplicationShutdown(): Promise<void> {
    await this.moduleRef.get(PulsarQueue).close()
  }
}

Reflect.defineMetadata('design:paramtypes', [ModuleRef], PulsarModule)
Module({})(PulsarModule)

/** The app consumes in this process, and signals are Nest's. */
function appOf(options: PulsarModuleOptions, moduleRef: ModuleRef, modules: ModulesContainer): PulsarQueue {
  const { consume: _consume, client: _client, ...settings } = options
  return new PulsarQueue({
    workers: 0,
    parseConsole: false,
    handleSignals: false,
    ...settings,
    container: settings.container ?? new NestContainer(moduleRef, modules),
  })
}

function clientOf(api: Api, { client }: PulsarModuleOptions): unknown {
  return client === undefined ? api.tasks : client(api)
}
