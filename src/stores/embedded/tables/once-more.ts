import { isUnreadable } from './unreadable.js'

/** Acts. Where rows cannot be read, repairs them and acts once more, so that a bad row blocks no verb. */
export async function onceMore<T>(act: () => Promise<T>, repair: () => Promise<void>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
  await repair()
  return await act()
}
