import { render } from 'preact'
import './style.css'
import type { Session } from './api.js'
import { get, openingTrouble, RequestError, session } from './api.js'
import { App, applyTheme } from './app.js'
import { keepPageFocus } from './page-focus.js'
import { listenToKeys } from './keys.js'
import { pause } from './pause.js'

applyTheme()
listenToKeys()
keepPageFocus()
render(<App />, document.querySelector('#app') ?? document.body)
void open()

/** Asks who looks, until the server answers. */
async function open(): Promise<void> {
  for (;;) {
    try {
      session.value = await get<Session>('session')
      openingTrouble.value = ''
      return
    } catch (error) {
      if (error instanceof RequestError && error.status === 401) return
      openingTrouble.value = error instanceof Error ? error.message : String(error)
      await pause(2_000)
    }
  }
}
