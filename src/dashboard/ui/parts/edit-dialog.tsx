import type { JSX } from 'preact'
import { signal, useSignal } from '@preact/signals'
import type { ActResult } from '../../../operate/acts.js'
import type { RequestError } from '../api.js'
import { post, requestErrorOf } from '../api.js'
import { goTo, hrefOf } from '../route.js'
import { Trouble } from './basics.js'
import { DialogButtons } from './dialog-buttons.js'
import { Dialog } from './dialog.js'
import { ReasonField } from './text-field.js'

/** A task whose arguments are edited before it is retried; null: none. */
export const edited = signal<{ readonly id: string; readonly args: string } | null>(null)

/** Queues a failed task again with other arguments. The server checks them as those of any task. */
export function EditDialog({
  of,
  onDone,
}: {
  readonly of: { readonly id: string; readonly args: string }
  readonly onDone: () => void
}): JSX.Element {
  const text = useSignal(of.args)
  const reason = useSignal('')
  const error = useSignal<RequestError | null>(null)
  const close = (): void => {
    edited.value = null
  }
  const send = (event: Event): void => {
    event.preventDefault()
    post<ActResult>(`tasks/${encodeURIComponent(of.id)}/retry`, { args: text.value, reason: reason.value }).then(
      ({ created }) => {
        close()
        onDone()
        const [id] = created
        if (id !== undefined) goTo(hrefOf(['tasks', id]))
      },
      (thrown: unknown) => {
        error.value = requestErrorOf(thrown)
      },
    )
  }
  return (
    <Dialog title={`Edit and retry ${of.id}`} onClose={close}>
      <Trouble error={error.value} />
      <form id="edit" onSubmit={send}>
        <label>
          Arguments, as JSON
          <textarea
            rows={12}
            spellcheck={false}
            value={text.value}
            onInput={({ currentTarget }) => (text.value = currentTarget.value)}
          />
        </label>
        <ReasonField value={reason.value} onText={(given) => (reason.value = given)} />
      </form>
      <DialogButtons form="edit" label="Retry with these" />
    </Dialog>
  )
}
