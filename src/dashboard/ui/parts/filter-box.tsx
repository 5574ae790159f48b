import type { JSX, RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { TaskSummary } from '../../../operate/looks.js'
import type { Completions, completionsOf as complete } from '../complete-filter.js'
import { askForJobs, askForPaths, knownNames } from '../known-names.js'

/** Keys that end the choice: they move the caret, or send the filter. */
const CLOSING = ['Enter', 'Escape', 'ArrowLeft', 'ArrowRight', 'Home', 'End']

/** The box of a filter. It offers what can stand at the caret; nothing is taken that was not chosen with an arrow or the mouse. */
export function FilterBox({
  box,
  text,
  tasks,
}: {
  readonly box: RefObject<HTMLInputElement | null>
  readonly text: string
  /** The tasks on screen, whose names are offered. */
  readonly tasks: readonly TaskSummary[]
}): JSX.Element {
  const open = useSignal<Completions | null>(null)
  const active = useSignal(-1)
  // Whether the viewer writes, and has not closed the list.
  const isWanted = useRef(false)
  const known = knownNames(tasks)
  // Loaded when the box has the focus first.
  const completionsOf = useSignal<typeof complete | null>(null)
  const load = (): void => {
    askForJobs()
    import('../complete-filter.js').then(
      (loaded) => (completionsOf.value = loaded.completionsOf),
      // The filter can be written without it.
      () => undefined,
    )
  }
  const close = (): void => {
    isWanted.current = false
    open.value = null
    active.value = -1
  }
  const look = (isAsked = false): void => {
    const { value = '', selectionStart: caret, selectionEnd: end } = box.current ?? {}
    const found =
      caret === null || caret === undefined || caret !== end ? null : completionsOf.value?.(value, caret, known)
    if (found?.isPath === true) askForPaths(tasks[0])
    isWanted.current = true
    active.value = -1
    open.value = !found || (found.isBlank && !isAsked) ? null : found
  }
  const names = JSON.stringify(known)
  useEffect(() => {
    // Names that have come since the last letter.
    if (isWanted.current && active.value === -1) look()
  }, [names, completionsOf.value])
  const take = (index: number): void => {
    const option = open.value?.options[index]
    const [input, from] = [box.current, open.value?.from]
    if (!option || !input || from === undefined) return
    input.setRangeText(option.text, from, input.selectionStart ?? from, 'end')
    if (/[:.]$/.test(option.text)) look()
    else close()
  }
  const options = open.value?.options ?? []
  const move = (by: 1 | -1): void => {
    if (options.length === 0) look(true)
    const many = open.value?.options.length ?? 0
    if (many > 0) active.value = active.value === -1 && by === -1 ? many - 1 : (active.value + by + many) % many
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return
    const isChosen = active.value >= 0
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') move(event.key === 'ArrowDown' ? 1 : -1)
    else if (isChosen && (event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey))) take(active.value)
    else {
      const closes = event.key === 'Escape' && options.length > 0
      if (CLOSING.includes(event.key)) close()
      if (!closes) return
    }
    event.preventDefault()
  }
  return (
    <div class="combobox">
      <input
        ref={box}
        id="filter"
        type="text"
        name="q"
        role="combobox"
        aria-autocomplete="list"
        aria-controls="completions"
        aria-expanded={options.length > 0}
        aria-activedescendant={active.value >= 0 ? `completion-${String(active.value)}` : undefined}
        defaultValue={text}
        placeholder="state:failed job:mail.*"
        autoComplete="off"
        autoCapitalize="none"
        spellcheck={false}
        enterKeyHint="search"
        onFocus={load}
        onBlur={close}
        onInput={() => look()}
        onClick={close}
        onKeyDown={onKeyDown}
      />
      <ul id="completions" role="listbox" aria-label="What can stand here" hidden={options.length === 0}>
        {options.map((option, i) => (
          <li
            key={option.text}
            id={`completion-${String(i)}`}
            role="option"
            aria-selected={i === active.value}
            // The box keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(i)}
          >
            {option.text} <span class="dim">{option.says}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
