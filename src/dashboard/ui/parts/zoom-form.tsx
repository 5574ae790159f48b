import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import { isUtc } from '../format.js'
import type { Span } from '../zoom.js'
import { fieldText, fieldTime } from '../zoom.js'

/** Zooms charts by two times: what a drag over a chart does, without a pointer. */
export function ZoomForm({
  shown,
  onSpan,
}: {
  /** What the charts show now. */
  readonly shown: Span
  readonly onSpan: (span: Span) => void
}): JSX.Element {
  const texts = useSignal<Readonly<Record<keyof Span, string | null>>>({ from: null, to: null })
  const isWrong = useSignal(false)
  const textOf = (name: keyof Span): string => texts.value[name] ?? fieldText(shown[name])
  const send = (event: Event): void => {
    event.preventDefault()
    const [from, to] = [fieldTime(textOf('from')), fieldTime(textOf('to'))]
    isWrong.value = from === null || to === null || from >= to
    if (from === null || to === null || from >= to) return
    texts.value = { from: null, to: null }
    onSpan({ from, to })
  }
  const field = (name: keyof Span, label: string): JSX.Element => (
    <label>
      {label}
      {isUtc.value && ', UTC'}
      <input
        type="datetime-local"
        required
        value={textOf(name)}
        onInput={({ currentTarget }) => (texts.value = { ...texts.value, [name]: currentTarget.value })}
      />
    </label>
  )
  return (
    <details class="zoom">
      <summary>Zoom to a time</summary>
      <form onSubmit={send}>
        {field('from', 'From')}
        {field('to', 'To')}
        <button type="submit">Zoom</button>
      </form>
      {isWrong.value && (
        <p class="error-text" role="alert">
          The first time has to be before the second.
        </p>
      )}
    </details>
  )
}
