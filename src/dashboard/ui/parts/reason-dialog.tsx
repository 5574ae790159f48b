import type { ComponentChildren, JSX } from 'preact'
import { useSignal } from '@preact/signals'
import { DialogButtons } from './dialog-buttons.js'
import { Dialog } from './dialog.js'
import { ReasonField } from './text-field.js'

/** Asks why something is done that concerns others: a queue or a schedule is paused, or a worker ends. */
export function ReasonDialog({
  act,
  of,
  children,
  onSend,
  onClose,
}: {
  /** What is done: `Pause`. */
  readonly act: string
  /** To what. */
  readonly of: string
  /** What that means. */
  readonly children: ComponentChildren
  readonly onSend: (reason: string) => void
  readonly onClose: () => void
}): JSX.Element {
  const reason = useSignal('')
  return (
    <Dialog title={`${act} ${of}`} onClose={onClose}>
      <p>{children}</p>
      <form
        id="reason"
        onSubmit={(event) => {
          event.preventDefault()
          onSend(reason.value)
          event.currentTarget.closest('dialog')?.close()
        }}
      >
        <ReasonField value={reason.value} onText={(text) => (reason.value = text)} />
      </form>
      <DialogButtons form="reason" label={act} />
    </Dialog>
  )
}
