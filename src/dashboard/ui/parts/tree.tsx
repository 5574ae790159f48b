import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'

/** Longest text that is shown at once, characters. */
const LONGEST = 65_536
/** Members of an object or a list that are shown at once. */
const MOST = 100

/**
 * A value of a task, opened level by level. It becomes text only, whatever it holds. Numbers come as text, since a double would
 * change long ones.
 */
export function Payload({ name, text }: { readonly name: string; readonly text: string | null }): JSX.Element {
  const isRaw = useSignal(false)
  if (text === null) return <p class="dim">none</p>
  const isLong = text.length > LONGEST
  return (
    <div class="payload">
      <div class="payload-actions">
        <button type="button" onClick={() => void navigator.clipboard.writeText(text)}>
          Copy
        </button>
        <button type="button" onClick={() => download(name, text)}>
          Download
        </button>
        {!isLong && (
          <button
            type="button"
            aria-pressed={isRaw.value}
            onClick={() => {
              isRaw.value = !isRaw.value
            }}
          >
            Raw
          </button>
        )}
      </div>
      {isLong || isRaw.value ? (
        <pre tabIndex={0}>{isLong ? `${text.slice(0, LONGEST)} … ${String(text.length)} characters in all` : text}</pre>
      ) : (
        <div class="tree">
          <Node value={parse(text)} isOpen />
        </div>
      )}
    </div>
  )
}

function download(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  link.download = `${name}.json`
  link.click()
  setTimeout(() => {
    URL.revokeObjectURL(link.href)
  }, 1_000)
}

/** A number as it was written. */
class Digits {
  constructor(readonly text: string) {}
}

/** JSON whose numbers keep their digits. A text that is no JSON is shown as it is. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text, function (_key, value: unknown, context?: { readonly source?: string }) {
      return typeof value === 'number' && context?.source !== undefined ? new Digits(context.source) : value
    } as (key: string, value: unknown) => unknown)
  } catch {
    return text
  }
}

function Node({ value, isOpen = false }: { readonly value: unknown; readonly isOpen?: boolean }): JSX.Element {
  const opened = useSignal(isOpen)
  const shown = useSignal(MOST)
  if (value instanceof Digits) return <span class="json-number">{value.text}</span>
  if (typeof value === 'string') return <span class="json-string">{JSON.stringify(value)}</span>
  if (typeof value !== 'object' || value === null) return <span class="json-word">{String(value)}</span>
  const isList = Array.isArray(value)
  const members: [string, unknown][] = Object.entries(value)
  const [open, close] = isList ? ['[', ']'] : ['{', '}']
  if (members.length === 0) return <span>{open + close}</span>
  if (!opened.value) {
    return (
      <button type="button" class="fold" aria-expanded={false} onClick={() => (opened.value = true)}>
        {open} {members.length} {isList ? 'items' : 'members'} {close}
      </button>
    )
  }
  return (
    <span>
      <button type="button" class="fold" aria-expanded onClick={() => (opened.value = false)}>
        {open}
      </button>
      <ul>
        {members.slice(0, shown.value).map(([key, member]) => (
          <li key={key}>
            {!isList && <span class="json-key">{key}: </span>}
            <Node value={member} isOpen={members.length <= 20 && isOpen} />
          </li>
        ))}
        {members.length > shown.value && (
          <li>
            <button type="button" class="fold" onClick={() => (shown.value += MOST)}>
              … {members.length - shown.value} more
            </button>
          </li>
        )}
      </ul>
      {close}
    </span>
  )
}
