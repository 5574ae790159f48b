import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { asked } from './acts.js'
import { openingTrouble, session } from './api.js'
import { isUtc, sentence, store, stored } from './format.js'
import { arrival, isNamingKeys } from './keys.js'
import { awayBecause, isPaused, liveState } from './live.js'
import { menu } from './menu.js'
import { hrefOf, route } from './route.js'
import { ActDialog } from './parts/act-dialog.js'
import { Heading, Nothing } from './parts/basics.js'
import { KeysDialog } from './parts/keys-dialog.js'
import { JobPage, JobsPage } from './pages/jobs.js'
import { AuditPage, DoctorPage, SchedulesPage } from './pages/lists.js'
import { Login } from './pages/login.js'
import { Overview } from './pages/overview.js'
import { ProblemsPage } from './pages/problems.js'
import { QueuePage } from './pages/queue.js'
import { TaskPage } from './pages/task.js'
import { TasksPage } from './pages/tasks.js'
import { WorkersPage } from './pages/workers.js'

export function App(): JSX.Element {
  const { path } = route.value
  const [page = '', name] = path
  useEffect(() => {
    // A new page is read from its heading on.
    document.querySelector<HTMLElement>(arrival.selector)?.focus({ preventScroll: true })
    arrival.selector = 'h1'
    const title = session.value === null || session.value === 'unknown' ? 'Queues' : session.value.title
    document.title = path.length === 0 ? title : `${path.join(' / ')} – ${title}`
  }, [path.join('/'), session.value])
  if (session.value === null) return <Opening />
  if (session.value === 'unknown') return <Login />
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Top page={page} />
      {liveState.value === 'away' && (
        <p class="away" role="alert">
          {sentence(awayBecause.value)} What is shown is old; the page goes on by itself.
        </p>
      )}
      <main id="main" tabIndex={-1}>
        {page === 'queues' && name !== undefined ? (
          <QueuePage key={name} name={name} />
        ) : page === 'tasks' && name !== undefined ? (
          <TaskPage key={name} id={name} />
        ) : page === 'jobs' && name !== undefined ? (
          <JobPage key={name} name={name} />
        ) : (
          pageOf(page)
        )}
      </main>
      {asked.value && <ActDialog key={`${asked.value.act} ${asked.value.filter}`} asked={asked.value} />}
      {isNamingKeys.value && <KeysDialog />}
    </>
  )
}

/** What stands here until it is known who looks. */
function Opening(): JSX.Element {
  if (openingTrouble.value === '') return <Nothing>Loading …</Nothing>
  return (
    <main>
      <h1 tabIndex={-1}>Nothing can be shown yet</h1>
      <p class="away" role="alert">
        {sentence(openingTrouble.value)} The page goes on by itself.
      </p>
    </main>
  )
}

/** The address has the page after `#`, so the link's own target would replace it. */
function skip(event: Event): void {
  event.preventDefault()
  document.querySelector<HTMLElement>('main')?.focus()
}

function pageOf(page: string): JSX.Element {
  switch (page) {
    case '':
    case 'queues':
      return <Overview />
    case 'tasks':
      return <TasksPage />
    case 'problems':
      return <ProblemsPage />
    case 'jobs':
      return <JobsPage />
    case 'workers':
      return <WorkersPage />
    case 'schedules':
      return <SchedulesPage />
    case 'audit':
      return <AuditPage />
    case 'doctor':
      return <DoctorPage />
    default:
      return (
        <>
          <Heading title="No such page" />
          <Nothing>
            Nothing is at <code>{location.hash}</code>. The menu has all pages.
          </Nothing>
        </>
      )
  }
}

function Top({ page }: { readonly page: string }): JSX.Element | null {
  const of = session.value
  if (of === null || of === 'unknown') return null
  return (
    <header class="top">
      <a class="brand" href="#/">
        {of.title}
        {of.environment !== null && <span class={`badge environment-${of.environment}`}>{of.environment}</span>}
      </a>
      <nav aria-label="Pages">
        {menu().map(({ path, name }) => (
          <a key={path} href={hrefOf(path === '' ? [] : [path])} aria-current={page === path ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <div class="tools">
        {of.readOnly && <span class="badge">read-only</span>}
        <button
          type="button"
          class="live"
          aria-pressed={isPaused.value}
          title={isPaused.value ? 'Show updates again' : 'Hold the page still'}
          onClick={() => (isPaused.value = !isPaused.value)}
        >
          <span class={`dot dot-${liveState.value}`} aria-hidden="true" /> {isPaused.value ? 'paused' : liveState.value}
        </button>
        <button
          type="button"
          aria-pressed={isUtc.value}
          title="Show times as UTC"
          onClick={() => {
            isUtc.value = !isUtc.value
            store('utc', String(isUtc.value))
          }}
        >
          UTC
        </button>
        <button type="button" title="Keys" aria-haspopup="dialog" onClick={() => (isNamingKeys.value = true)}>
          <span aria-hidden="true">?</span>
          <span class="unseen">Keys</span>
        </button>
        <button type="button" title="Dark or light" onClick={turnTheme}>
          <span aria-hidden="true">◐</span>
          <span class="unseen">Dark or light</span>
        </button>
      </div>
    </header>
  )
}

/** The system's choice, until the viewer has made one. */
export function applyTheme(): void {
  const theme = stored('theme')
  if (theme !== null) document.documentElement.dataset['theme'] = theme
}

function turnTheme(): void {
  const isDark = (stored('theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark'
  store('theme', isDark ? 'light' : 'dark')
  applyTheme()
}
