import type { Project } from '../codegen/project.js'
import { makeProject } from '../codegen/project.js'

const JOB = `import { Job } from 'pulsar-queue'
/** What JSON has no words for, at the top and inside. */
@Job()
export class Booking {
  run(when: Date, cents: bigint, seal: Uint8Array, stays: { nights: Date[] }, rooms: Map<string, Date>, tags: Set<bigint>) {
    return [
      when.toISOString(), String(cents * 2n), seal instanceof Uint8Array && seal.join(), stays.nights.map((night) => night.getTime()),
      rooms.get('blue')?.getTime(), tags.has(7n),
    ].flat()
  }
}
`

/** The arguments of the job `booking` in JSON: in the forms in which results are shown. */
export const BOOKING = {
  when: '2026-03-29T01:30:00.000Z',
  cents: '12345678901234567890',
  seal: 'AQID',
  stays: { nights: ['1970-01-01T00:00:00.005Z', '1970-01-02'] },
  rooms: [['blue', '1970-01-01T00:00:01+00:00']],
  tags: [7],
} as const

/** What the job `booking` makes of them, if it gets a date, a bigint, bytes, and so on. */
export const BOOKED = ['2026-03-29T01:30:00.000Z', '24691357802469135780', '1,2,3', 5, 86_400_000, 1000, true]

/** Makes a project with the job `booking` in `booking.ts`, and with its generated client. */
export async function bookingProject(): Promise<Project> {
  const project = await makeProject({ 'booking.ts': JOB })
  const { source, problems } = project.generate(['booking.ts'])
  if (source === null) throw new Error(problems.map(({ message }) => message).join('\n'))
  await project.write({ 'client.generated.ts': source })
  return project
}
