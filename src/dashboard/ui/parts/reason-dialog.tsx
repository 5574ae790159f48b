import type { ComponentChildren, JSX } from 'preact'
import { useSignal } from '@preact/signals'
import { DialogButtons } from './dialog-buttons.js'
import { Dialog } from './dialog.js'
import { ReasonField } from './text-field.js'

/** Asks why a queue or a schedule is paused. */
export function PauseDialog({
  of,
  children,
  onPause,
  onClose,
}: {
  readonly of: string
  /** What a pause does. */
  readonly children: ComponentChildren
  readonly onPause: (reason: string) => void
  readonly onClose: () => void
}): JSX.Element {
  const reason = useSignal('')
  return (
    <Dialog title={`Pause ${of}`} onClose={onClose}>
      <p>{children}</p>
      <form
        id="pause"
        onSubmit={(event) => {
          event.preventDefault()
          onPause(reason.value)
          event.currentTarget.closest('dialog')?.close()
        }}
      >
        <ReasonField value={reason.value} onText={(text) => (reason.value = text)} />
      </form>
      <DialogButtons form="pause" label="Pause" />
    </Dialog>
  )
}
