import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import { MOST_SLOTS } from '../../../model/most-slots.js'
import { DialogButtons } from './dialog-buttons.js'
import { Dialog } from './dialog.js'
import { ReasonField } from './text-field.js'

/** Asks how many tasks a worker runs at once. */
export function SlotsDialog({
  worker,
  slots,
  onSet,
  onClose,
}: {
  readonly worker: string
  /** Those that it has now. */
  readonly slots: number
  readonly onSet: (tasks: number, reason: string) => void
  readonly onClose: () => void
}): JSX.Element {
  const tasks = useSignal(String(slots))
  const reason = useSignal('')
  return (
    <Dialog title={`Slots of ${worker}`} onClose={onClose}>
      <p id="slots-note">
        A whole number from 1 to {String(MOST_SLOTS)}. It lasts until the process of the worker ends. Tasks that run go
        on, also where there are more of them. Threads and child processes stay as many as they are.
      </p>
      <form
        id="slots"
        onSubmit={(event) => {
          event.preventDefault()
          onSet(Number(tasks.value), reason.value)
          event.currentTarget.closest('dialog')?.close()
        }}
      >
        <label>
          Tasks at once
          <input
            type="number"
            min={1}
            max={MOST_SLOTS}
            step={1}
            required
            aria-describedby="slots-note"
            value={tasks.value}
            onInput={({ currentTarget }) => (tasks.value = currentTarget.value)}
          />
        </label>
        <ReasonField value={reason.value} onText={(text) => (reason.value = text)} />
      </form>
      <DialogButtons form="slots" label="Set" />
    </Dialog>
  )
}
