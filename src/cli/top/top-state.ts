import type { Key } from './full-screen.js'
import type { ViewName } from './views.js'
import { VIEWS } from './views.js'

/** What the viewer has chosen. */
export interface TopState {
  readonly view: ViewName
  /** Index of the column by which each view is sorted, and whether against its usual order. */
  readonly sort: Readonly<Record<ViewName, { readonly column: number; readonly isReversed: boolean }>>
  readonly filter: string
  /** Whether keys are written into the filter. */
  readonly isTyping: boolean
  readonly isPaused: boolean
  readonly isHelp: boolean
  /** First row that is shown. */
  readonly first: number
}

export const FIRST_STATE: TopState = {
  view: 'queues',
  sort: {
    queues: { column: 1, isReversed: false },
    jobs: { column: 2, isReversed: false },
    workers: { column: 0, isReversed: false },
    problems: { column: 2, isReversed: false },
  },
  filter: '',
  isTyping: false,
  isPaused: false,
  isHelp: false,
  first: 0,
}

/** What the keys do, for the help. */
export const KEYS = [
  ['1 2 3 4, Tab', 'queues, jobs, workers, problems'],
  ['s S', 'sort by the next or the last column'],
  ['r', 'turn the order'],
  ['/', 'only rows with a text; * stands for any; Enter or Esc ends it'],
  ['p, Space', 'hold what is shown, and go on'],
  ['j k, arrows', 'down, up; PgDn, PgUp by ten'],
  ['?', 'this help'],
  ['q, Ctrl-C', 'quit'],
] as const

const STEPS: Readonly<Record<string, number>> = { j: 1, down: 1, k: -1, up: -1, pagedown: 10, pageup: -10 }

/** The state after a key. @param columns - number of columns of the view */
export function afterKey(state: TopState, { name, text }: Key, columns: number): TopState {
  if (state.isTyping) return afterTyping(state, name, text)
  if (state.isHelp) return { ...state, isHelp: false }
  const view = name === 'tab' ? VIEWS[(VIEWS.indexOf(state.view) + 1) % VIEWS.length] : VIEWS[Number(text || NaN) - 1]
  if (view !== undefined) return { ...state, view, first: 0 }
  const step = STEPS[name]
  if (step !== undefined) return { ...state, first: Math.max(0, state.first + step) }
  const { column, isReversed } = state.sort[state.view]
  const sorted = (next: typeof state.sort.queues): TopState => ({
    ...state,
    sort: { ...state.sort, [state.view]: next },
  })
  switch (text) {
    case 's':
      return sorted({ column: (column + 1) % columns, isReversed: false })
    case 'S':
      return sorted({ column: (column + columns - 1) % columns, isReversed: false })
    case 'r':
      return sorted({ column, isReversed: !isReversed })
    case '/':
      return { ...state, isTyping: true, first: 0 }
    case 'p':
    case ' ':
      return { ...state, isPaused: !state.isPaused }
    case '?':
      return { ...state, isHelp: true }
    default:
      return state
  }
}

function afterTyping(state: TopState, name: string, text: string): TopState {
  if (name === 'escape') return { ...state, filter: '', isTyping: false }
  if (name === 'return' || name === 'enter') return { ...state, isTyping: false }
  if (name === 'backspace') return { ...state, filter: state.filter.slice(0, -1) }
  return text < ' ' ? state : { ...state, filter: state.filter + text }
}
