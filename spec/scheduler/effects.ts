import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { until } from '../support/until.js'

/** One run of a periodic job. */
export interface Run {
  readonly tick: number
  readonly id: string
  /** Of the process that ran it. */
  readonly pid: number
}

/** The file in which the jobs of `fixtures/jobs.ts` write down their runs. */
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

  /** Waits for so many runs more than there are. */
  async reachMore(job: string, count: number): Promise<Run[]> {
    return await this.reach(job, this.of(job).length + count)
  }
}

/** Each tick is of one task, and they are `every` ms apart. */
export function expectOnce(runs: readonly Run[], every: number): void {
  const tasks = new Map<number, Set<string>>()
  for (const { tick, id } of runs) tasks.set(tick, (tasks.get(tick) ?? new Set()).add(id))
  expect([...tasks.values()].filter((ids) => ids.size > 1)).toEqual([])
  const sorted = [...tasks.keys()].sort((a, b) => a - b)
  sorted.slice(1).forEach((tick, i) => {
    expect(tick - (sorted[i] ?? 0)).toBe(every)
  })
}
