import { counted } from '../../util/count-of.js'
import { printable } from '../printable.js'
import { styled } from '../table.js'
import type { TopState } from './top-state.js'
import { KEYS } from './top-state.js'
import type { TopLook, ViewTable } from './views.js'
import { VIEWS, viewTable } from './views.js'

/** What is drawn besides the tables. */
interface Frame {
  /** The store, without a password. */
  readonly store: string
  /** What is wrong; null: nothing. */
  readonly trouble: string | null
  readonly clock: string
}

/** Narrowest that a column of texts is made to fit into the screen. */
const NARROWEST = 8
const FOOT = 'q quit  1-4 view  s sort  r turn  / filter  p pause  ? help'

/** The lines of the screen. */
export function drawTop(state: TopState, look: TopLook | null, frame: Frame, columns: number, rows: number): string[] {
  const head = [headLine(look, frame, columns), troubleLine(look, frame, columns), tabLine(state, columns), '']
  const room = Math.max(1, rows - head.length - 1)
  const body = state.isHelp ? helpLines(columns) : tableLines(state, look, room, columns)
  const filled = [...body, ...Array<string>(room).fill('')].slice(0, room)
  return [...head, ...filled, styled('dim', cut(FOOT, columns))]
}

function headLine(look: TopLook | null, { store, clock }: Frame, columns: number): string {
  const queues = look?.queues ?? []
  const sum = (of: (queue: (typeof queues)[number]) => number): string =>
    counted(queues.reduce((all, queue) => all + of(queue), 0))
  const ready = sum(({ ready: each }) => each)
  const counts = `${counted(queues.length)} queues  ${ready} ready  ${sum(({ held }) => held)} running  `
  // Before the first look nothing is known.
  const text = `pq top  ${look === null ? '' : counts}${store}`
  const room = Math.max(0, columns - clock.length - 1)
  return styled('bold', `${cut(text, room).padEnd(room)} ${clock}`)
}

function troubleLine(look: TopLook | null, { trouble }: Frame, columns: number): string {
  if (look === null && trouble === null) return ''
  return trouble === null
    ? styled('green', cut('All queues are well.', columns))
    : styled('red', shortened(printable(trouble), columns))
}

function tabLine({ view, filter, isTyping, isPaused }: TopState, columns: number): string {
  // Without their keys: `2 jobs` would read as a count.
  const tabs = VIEWS.map((name) => (name === view ? styled('inverse', `[${name}]`) : ` ${name} `))
  const room = columns - VIEWS.join('   ').length - 2 - (isPaused ? 9 : 0) - 3
  const shown = isTyping || filter !== '' ? `filter: ${printable(filter)}${isTyping ? '_' : ''}` : ''
  // Of a long one the end, where keys are written.
  const shownFilter = shown.length > room ? `…${shown.slice(shown.length - Math.max(0, room - 1))}` : shown
  return [tabs.join(' '), shownFilter, isPaused ? styled('yellow', 'PAUSED') : ''].filter(Boolean).join('   ')
}

function helpLines(columns: number): string[] {
  return KEYS.map(([keys, meaning]) => cut(`  ${keys.padEnd(14)}${meaning}`, columns))
}

function tableLines(state: TopState, look: TopLook | null, room: number, columns: number): string[] {
  if (look === null) return ['  looking ...']
  const table = viewTable(state.view, look)
  if (table === undefined) return [`  loading ${state.view} ...`]
  if (table === null) return [`  this store keeps no ${state.view}`]
  const rows = sortedRows(table, state)
  const sort = state.sort[state.view]
  const marks = table.heads.map((head, i) => (i === sort.column ? `${head}${isDown(table, sort) ? '▼' : '▲'}` : head))
  const widest = marks.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const widths = fitting(widest, table.isNumber, columns)
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, i) => {
      const width = widths[i] ?? 0
      return table.isNumber[i] === true ? cell.padStart(width) : shortened(cell, width).padEnd(width)
    })
    return cut(padded.join('  '), columns)
  }
  const first = Math.min(state.first, Math.max(0, rows.length - (room - 1)))
  return [styled('bold', line(marks)), ...rows.slice(first, first + room - 1).map(line)]
}

/** The widths of columns on a screen: as long as they are too wide, the widest one of texts gets narrower. A number is never cut short. */
function fitting(widths: readonly number[], isNumber: readonly boolean[], columns: number): number[] {
  const fitted = [...widths]
  let over = fitted.reduce((sum, width) => sum + width + 2, -2) - columns
  while (over > 0) {
    const widest = Math.max(...fitted.filter((_, i) => isNumber[i] !== true))
    if (widest <= NARROWEST) break
    fitted[fitted.findLastIndex((width, i) => width === widest && isNumber[i] !== true)] = widest - 1
    over -= 1
  }
  return fitted
}

function isDown({ isNumber }: ViewTable, { column, isReversed }: TopState['sort']['queues']): boolean {
  return (isNumber[column] === true) !== isReversed
}

function sortedRows(table: ViewTable, state: TopState): string[][] {
  const sort = state.sort[state.view]
  const turn = isDown(table, sort) ? -1 : 1
  const pattern = patternOf(state.filter)
  return table.rows
    .map(({ texts, keys }) => ({ texts: texts.map(printable), key: keys[sort.column] ?? 0 }))
    .filter(({ texts }) => texts.some((text) => pattern.test(text)))
    .sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -turn : turn))
    .map(({ texts }) => texts)
}

function patternOf(filter: string): RegExp {
  return new RegExp(
    filter
      .split('*')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*'),
    'i',
  )
}

/** A text that says that its end is missing. */
function shortened(text: string, length: number): string {
  return text.length > length ? `${cut(text, length - 1)}…` : text
}

function cut(text: string, length: number): string {
  return text.length > length ? text.slice(0, length) : text
}
