import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import { DialogButtons } from './dialog-buttons.js'
import { Dialog } from './dialog.js'

/** Asks why a queue is paused. */
export function PauseDialog({
  queue,
  onPause,
  onClose,
}: {
  readonly queue: string
  readonly onPause: (reason: string) => void
  readonly onClose: () => void
}): JSX.Element {
  const reason = useSignal('')
  return (
    <Dialog title={`Pause ${queue}`} onClose={onClose}>
      <p>Workers get none of its tasks until it is resumed. Tasks that run go on.</p>
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
