import type { JSX } from 'preact'

/** The buttons of a dialog with a form: one that closes it, and one that sends the form. */
export function DialogButtons({
  form,
  label,
  isBusy = false,
}: {
  readonly form: string
  readonly label: string
  /** Whether the form is being sent. Its button keeps the focus. */
  readonly isBusy?: boolean
}): JSX.Element {
  return (
    <div class="buttons">
      <button type="button" onClick={(event) => event.currentTarget.closest('dialog')?.close()}>
        Cancel
      </button>
      <button type="submit" form={form} class="primary" aria-disabled={isBusy}>
        {label}
      </button>
    </div>
  )
}
