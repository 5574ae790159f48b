import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import type { RequestError, Session } from '../api.js'
import { post, requestErrorOf, session } from '../api.js'
import { Trouble } from '../parts/basics.js'

/** Asks who looks. The answer is a cookie that scripts cannot read. */
export function Login(): JSX.Element {
  const error = useSignal<RequestError | null>(null)
  const user = useSignal('')
  const secret = useSignal('')
  const send = (event: Event): void => {
    event.preventDefault()
    post<Session>('session', { user: user.value, secret: secret.value }).then(
      (opened) => (session.value = opened),
      (thrown: unknown) => {
        error.value = requestErrorOf(thrown)
      },
    )
  }
  return (
    <main class="login">
      <h1 tabIndex={-1}>Log in</h1>
      <Trouble error={error.value} />
      <form onSubmit={send}>
        <label>
          User, where the dashboard has users
          <input
            type="text"
            autoComplete="username"
            value={user.value}
            onInput={({ currentTarget }) => (user.value = currentTarget.value)}
          />
        </label>
        <label>
          Password or token
          <input
            type="password"
            autoComplete="current-password"
            required
            value={secret.value}
            onInput={({ currentTarget }) => (secret.value = currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          Log in
        </button>
      </form>
    </main>
  )
}
