import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { focusHolder } from '../page-focus.js'

/** A modal dialog. The browser keeps the focus in it. At the end, what had it before gets it back, if that is still there. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const opener = useMemo(focusHolder, [])
  useEffect(() => {
    dialog.current?.showModal()
    return () => {
      const { activeElement: active } = document
      if (active === null || active === document.body || !active.isConnected) opener?.focus({ preventScroll: true })
    }
  }, [])
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="dialog-title">
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  )
}
