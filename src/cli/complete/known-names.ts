import { existsSync } from 'node:fs'
import type { Control } from '../../operate/control.js'
import { loadConfig } from '../../settings/load-config.js'
import { pause } from '../../util/timers.js'
import type { OperatorFlags } from '../operator-command.js'
import { withControl } from '../operator-command.js'
import { settingsArgv } from '../setting-options.js'
import { withApi } from '../with-api.js'
import type { Candidate } from './candidate.js'

/** Longest time that somebody who has pressed Tab waits for a store, ms. */
const LONGEST_LOOK = 2_000

/** A job with the names of its parameters. */
export interface KnownJob extends Candidate {
  readonly parameters: readonly string[]
}

/**
 * The names that completion asks a store or the job files for. Whatever goes wrong there, nothing is completed and nothing is said: the
 * command itself will tell.
 */
export class KnownNames {
  constructor(private readonly flags: OperatorFlags) {}

  async queues(): Promise<Candidate[]> {
    return await this.#ask(async (control) =>
      (await control.queues()).map(({ name, ready, paused }) => ({
        text: name,
        about: `${String(ready)} ready${paused ? ', paused' : ''}`,
      })),
    )
  }

  async workers(): Promise<Candidate[]> {
    return await this.#ask(async (control) =>
      (await control.workers()).map(({ name, state, held }) => ({
        text: name,
        about: `${state}, ${String(held)} running`,
      })),
    )
  }

  async problems(): Promise<Candidate[]> {
    return await this.#ask(async (control) =>
      (await control.problems()).map(({ id, job, message }) => ({
        text: id,
        about: `${job}: ${message.slice(0, 60)}`,
      })),
    )
  }

  async schedules(): Promise<Candidate[]> {
    return await this.#ask(async (control) =>
      (await control.schedules()).map(({ job, queue, paused }) => ({
        text: job,
        about: `in queue ${queue}${paused === null ? '' : ', paused'}`,
      })),
    )
  }

  /** The jobs of the job files. They need no store, so they get one of memory. */
  async jobs(): Promise<KnownJob[]> {
    const store = 'embedded::memory:'
    const argv = settingsArgv({ ...this.flags, store, messageBroker: store, logLevel: 'silent' })
    return await within(
      withApi(argv, (api) =>
        Promise.resolve(
          api.tasks.jobList().map(([name, { doc, parameters }]) => ({
            text: name,
            about: doc.split('\n', 1)[0] ?? '',
            parameters: parameters.map((parameter) => parameter.name),
          })),
        ),
      ),
    )
  }

  async #ask(names: (control: Control) => Promise<Candidate[]>): Promise<Candidate[]> {
    return await within(
      this.#hasStore().then(async (hasStore) => (hasStore ? await withControl(this.flags, names) : [])),
    )
  }

  /** Whether asking makes no store: pressing Tab leaves no directory behind. */
  async #hasStore(): Promise<boolean> {
    const { dataStore, messageBroker } = await loadConfig({ argv: settingsArgv(this.flags) })
    return [dataStore, messageBroker].every((url) => {
      const [, directory] = /^embedded:([^:?][^?]*)/.exec(url) ?? []
      return directory === undefined || existsSync(directory)
    })
  }
}

async function within<T>(asked: Promise<T[]>): Promise<T[]> {
  const nothing = (): T[] => []
  return await Promise.race([asked.catch(nothing), pause(LONGEST_LOOK).then(nothing)])
}
