import type { JSX } from 'preact'

/** A line of text with its label. */
export function TextField({
  label,
  value,
  onText,
  more = {},
}: {
  readonly label: string
  readonly value: string
  readonly onText: (text: string) => void
  /** Further attributes. */
  readonly more?: object
}): JSX.Element {
  return (
    <label>
      {label}
      <input type="text" value={value} onInput={({ currentTarget }) => onText(currentTarget.value)} {...more} />
    </label>
  )
}

/** Asks why something is done. */
export function ReasonField({
  value,
  onText,
}: {
  readonly value: string
  readonly onText: (text: string) => void
}): JSX.Element {
  return <TextField label="Reason, for the audit log" value={value} onText={onText} />
}
