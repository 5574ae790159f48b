import { ForbiddenError, UnauthorizedError } from '../../errors.js'
import { isLoopback } from '../../settings/bind-address.js'
import { requestPlace } from '../request-address.js'
import { LoginCookie } from './login-cookie.js'
import { LoginLimit } from './login-limit.js'
import { checkAuth, checkedVisitor } from './check-auth.js'
import type { DashboardAuth } from './dashboard-auth.js'
import { isEqual, isPassword } from './passwords.js'
import type { DashboardVisitor } from './visitor.js'
import { Visitor } from './visitor.js'

/** Headers by which a proxy says that the request came from elsewhere. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']

/** What a visitor sends to log in. */
export interface Login {
  readonly user: string
  readonly secret: string
  /** Whether the connection is encrypted. */
  readonly isSecure: boolean
}

/** Lets visitors in. */
export class Gate {
  readonly #cookie: LoginCookie | null
  readonly #limit = new LoginLimit()

  /** @throws {@link DashboardAuthError} */
  constructor(
    private readonly auth: DashboardAuth | null,
    private readonly isReadOnly: boolean,
  ) {
    checkAuth(auth)
    this.#cookie = auth === null || 'authorize' in auth ? null : new LoginCookie(JSON.stringify(auth))
  }

  /** Whether visitors can log in here. Else the application alone says who they are. */
  get hasLogin(): boolean {
    return this.#cookie !== null
  }

  /** @throws {@link UnauthorizedError}; {@link TooManyAttemptsError}; {@link ForbiddenError} for a request from elsewhere where nobody has to log in */
  async enter(request: Request): Promise<Visitor> {
    if (this.auth === null) return this.#ownMachine(request)
    if ('authorize' in this.auth) return this.#visitor(checkedVisitor(await this.auth.authorize(request)))
    const authorization = request.headers.get('authorization')
    const { auth } = this
    const visitor =
      authorization === null
        ? this.#byCookie(request)
        : await this.#limit.attempt(requestPlace(request), authorization, () => this.#byHeader(auth, authorization))
    if (visitor === null) throw new UnauthorizedError('log in, or send the token in the header Authorization')
    return this.#visitor(visitor)
  }

  /**
   * Logs a visitor in.
   *
   * @returns the visitor, and the value of `Set-Cookie`
   * @param place - where it comes from
   * @throws {@link UnauthorizedError}; {@link TooManyAttemptsError}
   */
  async logIn(place: string, { user, secret, isSecure }: Login): Promise<{ visitor: Visitor; cookie: string }> {
    if (this.#cookie === null || this.auth === null || 'authorize' in this.auth) {
      throw new UnauthorizedError('this dashboard has no login of its own')
    }
    const { auth } = this
    const visitor = await this.#limit.attempt(place, JSON.stringify([user, secret]), () =>
      'basic' in auth ? byPassword(auth.basic, user, secret) : byToken(auth, secret),
    )
    if (visitor === null) throw new UnauthorizedError('the password or token is another one')
    return { visitor: this.#visitor(visitor), cookie: this.#cookie.issue(visitor.user, isSecure) }
  }

  #visitor(visitor: DashboardVisitor): Visitor {
    return new Visitor(visitor, this.isReadOnly)
  }

  #byCookie(request: Request): DashboardVisitor | null {
    const user = this.#cookie?.userOf(request) ?? null
    if (user === null || this.auth === null || 'authorize' in this.auth) return null
    if ('basic' in this.auth) return Object.hasOwn(this.auth.basic, user) ? { user, can: 'admin' } : null
    return user === VIEWER.user ? VIEWER : ADMIN
  }

  async #byHeader(
    auth: Exclude<DashboardAuth, { authorize: unknown }>,
    header: string,
  ): Promise<DashboardVisitor | null> {
    const [, scheme = '', value = ''] = /^(\S+) +(.*)$/s.exec(header) ?? []
    if ('token' in auth) return /^bearer$/i.test(scheme) ? byToken(auth, value) : null
    if (!/^basic$/i.test(scheme)) return null
    const [, user = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(value, 'base64').toString()) ?? []
    return await byPassword(auth.basic, user, password)
  }

  /** Whoever reaches a loopback address is on this machine, unless a proxy passes on what comes from elsewhere. */
  #ownMachine(request: Request): Visitor {
    const host = new URL(request.url).hostname.replace(/^\[|\]$/g, '')
    const named = (request.headers.get('host') ?? host).replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
    const forwarded = FORWARDED.find((name) => request.headers.has(name))
    if (!isLoopback(host) || !isLoopback(named) || forwarded !== undefined) {
      throw new ForbiddenError(
        'this dashboard has no auth, and so serves this machine alone: set the option auth of app.dashboard(), or reach it ' +
          'at 127.0.0.1 without a proxy',
      )
    }
    return this.#visitor({ user: 'local', can: 'admin' })
  }
}

const ADMIN: DashboardVisitor = { user: 'token', can: 'admin' }
const VIEWER: DashboardVisitor = { user: 'viewer token', can: 'viewer' }

function byToken(
  auth: { readonly token: string; readonly viewerToken?: string | undefined },
  token: string,
): DashboardVisitor | null {
  if (isEqual(token, auth.token)) return ADMIN
  return auth.viewerToken !== undefined && isEqual(token, auth.viewerToken) ? VIEWER : null
}

async function byPassword(
  users: Readonly<Record<string, string>>,
  user: string,
  password: string,
): Promise<DashboardVisitor | null> {
  const hash = Object.hasOwn(users, user) ? users[user] : undefined
  return (await isPassword(password, hash)) ? { user, can: 'admin' } : null
}
