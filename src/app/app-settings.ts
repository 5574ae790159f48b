import { InvalidSettingError } from '../errors.js'
import { ParentPort } from '../execution/pools/parent-port.js'
import type { Config } from '../model/config.js'
import { SupervisorLink } from '../processes/supervisor-link.js'
import { loadConfig } from '../settings/load-config.js'
import type { PulsarQueueOptions } from '../settings/options.js'
import { hidePassword } from '../util/hide-password.js'

/** Settings that an open connection is built on. The others are read when a worker starts. */
const BUILT_ON = [
  'name',
  'dataStore',
  'messageBroker',
  'messageSerializer',
  'defaultTaskQueue',
  'taskPaths',
  'baseDirectory',
  'manifest',
  'leaseTtl',
  'logLevel',
] as const satisfies readonly (keyof Config)[]

/**
 * The settings of one app. Created by the {@link AppContext}.
 *
 * They are read when they are first needed. The command line belongs to `start()`: a program that only queues tasks may have
 * options of its own. So the command line may come later than the rest, and is merged into the same {@link Config} then. In
 * a worker process and in the pools of one it is read from the start, since there the program is sure to reach `start()`.
 */
export class AppSettings {
  #config: Config | null = null
  #hasCommandLine = false
  #reading: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly options: PulsarQueueOptions,
    /** Whether settings may come from the environment and from a configuration file that nobody named. */
    private readonly readsSettings: boolean,
  ) {}

  /** Null before the settings are read. */
  get config(): Config | null {
    return this.#config
  }

  /**
   * Reads the settings, unless they are read. Calls run one after another; a call that fails can be repeated.
   *
   * @param serves - whether `start()` asks, to which the command line belongs
   * @param isConnected - whether a connection is built on the settings that were read before
   * @param use - called with the settings each time they are read, before any caller gets them
   * @throws {@link InvalidSettingError}, also where the command line sets what an open connection is built on
   */
  async read(serves: boolean, isConnected: () => boolean, use: (config: Config) => Promise<void>): Promise<Config> {
    const read = this.#reading.then(async () => await this.#read(serves, isConnected, use))
    this.#reading = read.catch(() => undefined)
    return await read
  }

  async #read(serves: boolean, isConnected: () => boolean, use: (config: Config) => Promise<void>): Promise<Config> {
    const wantsCommandLine = serves || SupervisorLink.isWorkerProcess || ParentPort.isMember
    if (this.#config !== null && (this.#hasCommandLine || !wantsCommandLine)) return this.#config
    const config = await loadConfig({
      options: this.options,
      argv: wantsCommandLine ? process.argv.slice(2) : undefined,
      env: this.readsSettings ? undefined : {},
      findsFile: this.readsSettings,
    })
    if (this.#config !== null && isConnected()) refuseOther(this.#config, config)
    // The same object as before: managers, consumers and jobs have it as their settings in force.
    const inForce = Object.assign(this.#config ?? config, config)
    await use(inForce)
    this.#config = inForce
    this.#hasCommandLine = wantsCommandLine
    return inForce
  }
}

function refuseOther(connected: Config, config: Config): void {
  for (const name of BUILT_ON) {
    const [before, now] = [JSON.stringify(connected[name]), JSON.stringify(config[name])]
    if (before === now) continue
    throw new InvalidSettingError(
      name,
      `${hidePassword(before)}, with which the api of this app was started`,
      hidePassword(now),
      'command line',
      'call start() before api().start(), or give the constructor { argv: process.argv.slice(2) }',
    )
  }
}
