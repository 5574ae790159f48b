import { createHmac } from 'node:crypto'
import { systemTime } from '../../util/timers.js'
import { isEqual } from './passwords.js'

const NAME = 'pulsar_queue'
/** How long a login lasts, s. */
const LIFETIME = 12 * 3_600

/**
 * Logins as cookies that the server signs and does not keep. Their key comes from what visitors log in with, so that they hold
 * over a restart and in each process, and a changed password ends them.
 */
export class LoginCookie {
  readonly #key: Buffer

  /** @param secret - all that visitors log in with */
  constructor(secret: string) {
    this.#key = createHmac('sha256', 'pulsar-queue dashboard login').update(secret).digest()
  }

  /** The value of `Set-Cookie`. Without a path: it holds for the folder of the request, wherever the page is mounted. */
  issue(user: string, isSecure: boolean): string {
    const expires = Math.floor(systemTime() / 1_000) + LIFETIME
    const text = `${Buffer.from(user).toString('base64url')}.${String(expires)}`
    const flags = `HttpOnly; SameSite=Strict; Max-Age=${String(LIFETIME)}${isSecure ? '; Secure' : ''}`
    return `${NAME}=${text}.${this.#sign(text)}; ${flags}`
  }

  /** The value of `Set-Cookie` that ends a login. */
  static end(): string {
    return `${NAME}=; HttpOnly; SameSite=Strict; Max-Age=0`
  }

  /** Who has logged in; null: nobody, or it was too long ago. */
  userOf(request: Request): string | null {
    for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
      const [name, value = ''] = pair.trim().split('=', 2)
      if (name !== NAME) continue
      const [user = '', expires = '', signature = ''] = value.split('.')
      const isValid = isEqual(signature, this.#sign(`${user}.${expires}`)) && Number(expires) > systemTime() / 1_000
      if (isValid) return Buffer.from(user, 'base64url').toString()
    }
    return null
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url')
  }
}
