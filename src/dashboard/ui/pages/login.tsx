import type { JSX } from 'preact'
import { useSignal } from '@preact/signals'
import type { RequestError, Session } from '../api.js'
import { post, refusal, requestErrorOf, session } from '../api.js'
import { sentence } from '../format.js'
import { Trouble } from '../parts/basics.js'

/** Asks who looks, or says why nobody can be asked. */
export function Login(): JSX.Element {
  return refusal.value === '' ? <Form /> : <Refused />
}

/** The application knows its visitors by itself: a password would be in vain. */
function Refused(): JSX.Element {
  return (
    <main class="login">
      <h1 tabIndex={-1}>You are not let in</h1>
      <p class="trouble" role="alert">
        {sentence(refusal.value)} Log in to the application, or ask whoever runs it.
      </p>
      <button
        type="button"
        onClick={() => {
          location.reload()
        }}
      >
        Try again
      </button>
    </main>
  )
}

/** The answer is a cookie that scripts cannot read. */
function Form(): JSX.Element {
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
