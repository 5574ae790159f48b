import type { ComponentChildren, JSX } from 'preact'
import { useSignal } from '@preact/signals'
import { DialogButtons } from './dialog-buttons.js'
import { Dialog } from './dialog.js'

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
        <label>
          Reason, for the audit log
          <input
            type="text"
            value={reason.value}
            onInput={({ currentTarget }) => {
              reason.value = currentTarget.value
            }}
          />
        </label>
      </form>
      <DialogButtons form="pause" label="Pause" />
    </Dialog>
  )
}
