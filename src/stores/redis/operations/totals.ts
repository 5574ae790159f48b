import { addToLetter, noCounts } from '../../../model/run-counts.js'
import type { JobTotals } from '../../kept-series.js'
import { bytesOfBuffer, textOf } from '../layout/bytes.js'
import { unescaped } from '../layout/escaped.js'
import type { RedisSession } from '../queue/redis-session.js'

export async function totals(session: RedisSession, queue: string): Promise<readonly JobTotals[]> {
  const reply = ((await session.runInTurn('operations/totals', queue)) as Buffer[]).map((each) =>
    textOf(bytesOfBuffer(each)),
  )
  const jobs = new Map<string, { readonly counts: ReturnType<typeof noCounts>; lastSuccess: number | null }>()
  for (let i = 0; i < reply.length; i += 2) {
    const [field = '', value = ''] = reply.slice(i, i + 2)
    const [letter, job] = [field.charAt(0), field.slice(1)]
    if (job === '') continue
    const totals = jobs.get(job) ?? { counts: noCounts(), lastSuccess: null }
    jobs.set(job, totals)
    if (letter === '@') totals.lastSuccess = Number(value)
    else if (/[A-Za-z]/.test(letter)) addToLetter(totals.counts, letter, Number(value) || 0)
  }
  return [...jobs].map(([job, { counts, lastSuccess }]) => ({ job: unescaped(job), counts, lastSuccess })).sort(byJob)
}

function byJob(a: JobTotals, b: JobTotals): number {
  return a.job < b.job ? -1 : 1
}
