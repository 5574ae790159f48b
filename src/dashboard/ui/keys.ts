import { signal } from '@preact/signals'
import { session } from './api.js'
import { store, stored } from './format.js'
import { menu } from './menu.js'
import { goTo, hrefOf, route } from './route.js'
import { chooseRow, moveRow, openRow, rowOf } from './rows.js'

/** Whether single keys act: who speaks to the computer turns them off. */
export const keysAct = signal(stored('keys') !== 'off')

/** Whether the dialog that names the keys is open. */
export const isNamingKeys = signal(false)

/** What gets the focus on the page that is opened next. */
export const arrival = { selector: 'h1' }

/** The keys but for those of pages, and what each does. */
export const KEYS: readonly (readonly [keys: readonly string[], says: string])[] = [
  [['/'], 'Write a filter'],
  [['j'], 'Next row'],
  [['k'], 'Row before'],
  [['Enter'], 'Open the row'],
  [['x'], 'Choose the row, or not'],
  [['r'], 'Retry the chosen tasks, the one that is shown, or those of the problem'],
  [['?'], 'Show these keys'],
]

export function setKeysAct(act: boolean): void {
  keysAct.value = act
  store('keys', act ? 'on' : 'off')
}

/** Single keys act where no text is written, no dialog is open, and Ctrl, Alt or Meta is not held. */
export function listenToKeys(): void {
  let isGoing = false
  addEventListener('keydown', (event) => {
    if (!isForPage(event)) {
      isGoing = false
      return
    }
    if (isGoing) goToPage(event.key)
    else if (!event.repeat || event.key === 'j' || event.key === 'k') act(event)
    isGoing = !isGoing && event.key === 'g'
  })
}

function isForPage({ target, defaultPrevented, ctrlKey, metaKey, altKey, isComposing }: KeyboardEvent): boolean {
  if (!keysAct.value || session.value === null || session.value === 'unknown') return false
  if (defaultPrevented || ctrlKey || metaKey || altKey || isComposing) return false
  return !takesText(target) && document.querySelector('dialog[open]') === null
}

function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox'
  return target.isContentEditable || /^(?:TEXTAREA|SELECT)$/.test(target.tagName)
}

function goToPage(key: string): void {
  const page = menu().find(({ keys }) => keys.includes(key))
  if (page) goTo(hrefOf(page.path === '' ? [] : [page.path]))
}

function act(event: KeyboardEvent): void {
  switch (event.key) {
    case '/':
      event.preventDefault()
      writeFilter()
      break
    case 'j':
      moveRow(1)
      break
    case 'k':
      moveRow(-1)
      break
    case 'x':
      chooseRow()
      break
    case 'Enter':
      openRow()
      break
    case 'r':
      event.preventDefault()
      retryButton()?.click()
      break
    case '?':
      event.preventDefault()
      isNamingKeys.value = true
  }
}

/** The button that says that it has the key r. Of those of rows, the row that has the focus has it. */
function retryButton(): HTMLElement | null {
  const button = 'button[aria-keyshortcuts="r"]'
  return (
    rowOf(document.activeElement)?.querySelector<HTMLElement>(button) ??
    document.querySelector<HTMLElement>(`main ${button}:not(tr *)`)
  )
}

function writeFilter(): void {
  if (route.value.path.join('/') === 'tasks') document.querySelector<HTMLElement>('#filter')?.focus()
  else {
    arrival.selector = '#filter'
    goTo(hrefOf(['tasks']))
  }
}
