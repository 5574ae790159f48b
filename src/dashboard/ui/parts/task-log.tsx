import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { LogLine, TaskDetails } from '../../../operate/looks.js'
import type { RequestError } from '../api.js'
import { lines as linesOf, may } from '../api.js'
import { Trouble } from './basics.js'

/** Most lines that the page keeps. */
const MOST_LINES = 1_000

/** What a task has logged: the kept lines of its last run, or all that comes from when somebody asks for it, run after run. */
export function TaskLog({
  task: { id, state, logs },
}: {
  readonly task: Pick<TaskDetails, 'id' | 'state' | 'logs'>
}): JSX.Element {
  const [isFollowing, follow] = useState(false)
  if (isFollowing) return <LiveLog id={id} />
  const isOver = state === 'done' || state === 'failed'
  return (
    <>
      {logs !== null && <Lines title="Log of the last run" lines={logs} />}
      {!isOver && may('payloads') && (
        <p>
          <button
            type="button"
            onClick={() => {
              follow(true)
            }}
          >
            Follow its log
          </button>
        </p>
      )}
    </>
  )
}

/** It stays until the viewer leaves the page, also when the task has ended. */
function LiveLog({ id }: { readonly id: string }): JSX.Element {
  const [seen, setSeen] = useState<readonly LogLine[]>([])
  const [hasEnded, end] = useState(false)
  const [error, setError] = useState<RequestError | null>(null)
  useEffect(() => {
    const leaving = new AbortController()
    const watch = async (): Promise<void> => {
      for await (const line of linesOf<LogLine>(`tasks/${encodeURIComponent(id)}/logs`, { signal: leaving.signal })) {
        setSeen((before) => [...before, line].slice(-MOST_LINES - 1))
      }
      end(true)
    }
    watch().catch((thrown: unknown) => {
      if (!leaving.signal.aborted) setError(thrown as RequestError)
    })
    return () => {
      leaving.abort()
    }
  }, [id])
  return (
    <>
      <Trouble error={error} />
      {seen.length > MOST_LINES && <p class="dim">Of its lines, the last {MOST_LINES} are shown.</p>}
      <Lines title="Log, live" lines={seen.slice(-MOST_LINES)} />
      {hasEnded && <p role="status">The task has ended: no more lines come.</p>}
    </>
  )
}

interface LinesProps {
  readonly title: string
  readonly lines: readonly LogLine[]
}

function Lines({ title, lines }: LinesProps): JSX.Element {
  return (
    <section class="part">
      <h2>{title}</h2>
      {lines.length === 0 ? (
        <p class="dim">It logged nothing.</p>
      ) : (
        <pre tabIndex={0}>
          {lines.map(({ at, level, text }) => `${new Date(at).toISOString()} ${level} ${text}`).join('\n')}
        </pre>
      )}
    </section>
  )
}
