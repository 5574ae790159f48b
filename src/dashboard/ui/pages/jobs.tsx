import type { JSX } from 'preact'
import type { JobOverview } from '../../answers.js'
import { get } from '../api.js'
import { count } from '../format.js'
import { useLoaded } from '../load.js'
import { hrefOf } from '../route.js'
import { Heading, Nothing, Trouble } from '../parts/basics.js'
import type { Column } from '../parts/table.js'
import { Table } from '../parts/table.js'

/** The jobs that this process or a worker knows. */
export function JobsPage(): JSX.Element {
  const { value, error, reload } = useLoaded<{ readonly rows: readonly JobOverview[] }>(
    async (signal) => await get('jobs', {}, signal),
    [''],
  )
  return (
    <>
      <Heading title="Jobs" />
      <Trouble error={error} retry={reload} />
      {value === null ? (
        error === null && <Nothing>Loading …</Nothing>
      ) : value.rows.length === 0 ? (
        <Nothing>Neither this process nor a worker has named a job.</Nothing>
      ) : (
        <Table caption="Jobs" columns={COLUMNS} rows={value.rows} keyOf={({ name }) => name} />
      )}
    </>
  )
}

const COLUMNS: readonly Column<JobOverview>[] = [
  {
    name: 'Job',
    by: ({ name }) => name,
    cell: ({ name }) => <a href={hrefOf(['tasks'], { q: `job:${name}` })}>{name}</a>,
  },
  { name: 'Runs', cell: ({ concurrency }) => concurrency ?? '–' },
  { name: 'Arguments', cell: ({ parameters }) => (parameters === null ? '–' : parameters.join(', ')) },
  { name: 'What it does', cell: ({ doc }) => doc ?? '' },
  { name: 'Workers', by: ({ workers }) => workers, cell: ({ workers }) => count(workers), isNumber: true },
]
