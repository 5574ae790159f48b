import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { until } from '../support/until.js'

/** One run of a periodic job. */
export interface Run {
  readonly tick: number
  readonly id: string
  /** Of the process that ran the job. */
  readonly pid: number
}

/** The file to which the jobs of `fixtures/jobs.ts` write their runs. */
export class Effects {
  constructor(readonly file: string) {
    writeFileSync(file, '')
  }

  of(job: string): Run[] {
    return readFileSync(this.file, 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([name]) => name === job)
      .map(([, tick, id, pid]) => ({ tick: Number(tick), id: id ?? '', pid: Number(pid) }))
  }

  async reach(job: string, count: number): Promise<Run[]> {
    const look = (): Run[] | undefined => (this.of(job).length >= count ? this.of(job) : undefined)
    return await until(`${String(count)} runs of ${job}`, look)
  }

  /** Waits for `count` more runs. */
  async reachMore(job: string, count: number): Promise<Run[]> {
    return await this.reach(job, this.of(job).length + count)
  }

  /**
   * Expects one task for each tick, and ticks `every` ms apart without a gap. Waits until there is none, because the task of
   * a worker that died runs later than its neighbours.
   */
  async expectOnce(job: string, every: number): Promise<void> {
    await until(`all ticks of ${job} to have run`, () => {
      const ticks = [...new Set(this.of(job).map(({ tick }) => tick))].sort((a, b) => a - b)
      return ticks.slice(1).every((tick, i) => tick - (ticks[i] ?? 0) === every) ? true : undefined
    })
    const tasks = new Map<number, Set<string>>()
    for (const { tick, id } of this.of(job)) tasks.set(tick, (tasks.get(tick) ?? new Set()).add(id))
    expect([...tasks].filter(([, ids]) => ids.size > 1)).toEqual([])
  }
}
