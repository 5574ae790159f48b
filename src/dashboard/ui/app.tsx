import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { asked } from './acts.js'
import { openingTrouble, session } from './api.js'
import { isUtc, store, stored } from './format.js'
import { awayBecause, isPaused, liveState } from './live.js'
import { goTo, hrefOf, route } from './route.js'
import { ActDialog } from './parts/act-dialog.js'
import { Heading, Nothing } from './parts/basics.js'
import { JobPage, JobsPage } from './pages/jobs.js'
import { AuditPage, DoctorPage, SchedulesPage } from './pages/lists.js'
import { Login } from './pages/login.js'
import { Overview } from './pages/overview.js'
import { ProblemsPage } from './pages/problems.js'
import { QueuePage } from './pages/queue.js'
import { TaskPage } from './pages/task.js'
import { TasksPage } from './pages/tasks.js'
import { WorkersPage } from './pages/workers.js'

/** The pages of the menu: path, name, and the key that follows `g`. */
const PAGES: readonly (readonly [path: string, name: string, key: string])[] = [
  ['', 'Overview', 'o'],
  ['tasks', 'Tasks', 't'],
  ['problems', 'Problems', 'p'],
  ['jobs', 'Jobs', 'j'],
  ['workers', 'Workers', 'w'],
  ['schedules', 'Schedules', 's'],
  ['audit', 'Audit', 'a'],
  ['doctor', 'Doctor', 'd'],
]

export function App(): JSX.Element {
  const { path } = route.value
  const [page = '', name] = path
  useEffect(() => {
    // A new page is read from its heading on.
    document.querySelector<HTMLElement>(goesToFilter ? '#filter' : 'h1')?.focus({ preventScroll: true })
    goesToFilter = false
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
          {awayBecause.value} What is shown is old; the page goes on by itself.
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
        {openingTrouble.value} The page goes on by itself.
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
            Nothing is at <code>#/{page}</code>. The menu has all pages.
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
        {PAGES.filter(([path]) => path !== 'problems' || of.keeps.problems).map(([path, name]) => (
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

/** Whether the page that is opened next begins with its filter. */
let goesToFilter = false

/** Keys: `/` goes to the search; `g` and a letter go to a page. */
export function listenToKeys(): void {
  let isGoing = false
  addEventListener('keydown', (event) => {
    const { target, key } = event
    const isTyping = target instanceof HTMLElement && /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
    if (isGoing) {
      const found = PAGES.find(([, , letter]) => letter === key)
      if (found) goTo(hrefOf(found[0] === '' ? [] : [found[0]]))
    } else if (key === '/') {
      event.preventDefault()
      if (route.value.path.join('/') === 'tasks') document.querySelector<HTMLElement>('#filter')?.focus()
      else {
        goesToFilter = true
        goTo(hrefOf(['tasks']))
      }
    }
    isGoing = !isGoing && key === 'g'
  })
}
