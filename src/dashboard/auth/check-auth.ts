import { DashboardAuthError, UnauthorizedError, described } from '../../errors.js'
import { didYouMean } from '../../util/did-you-mean.js'
import type { DashboardAuth } from './dashboard-auth.js'
import { isPasswordHash } from './passwords.js'
import type { DashboardRole, DashboardVisitor } from './visitor.js'

const ROLES: readonly DashboardRole[] = ['viewer', 'operator', 'admin']
/** Fewest characters of a token: shorter ones can be guessed. */
const SHORTEST_TOKEN = 16
/** The ways to let visitors in, with the options of each. */
const WAYS = { token: ['token', 'viewerToken'], basic: ['basic'], authorize: ['authorize'] } as const
const WAYS_RULE = 'auth to be { token, viewerToken? }, { basic: { user: hash } } or { authorize: function }'

/** @throws {@link DashboardAuthError} */
export function checkAuth(auth: unknown): asserts auth is DashboardAuth | null {
  if (auth === null) return
  if (!isObject(auth)) throw new DashboardAuthError(WAYS_RULE, described(auth))
  const way = (['token', 'basic', 'authorize'] as const).find((name) => name in auth)
  if (way === undefined) {
    refuseUnknown('auth', auth, Object.values(WAYS).flat())
    throw new DashboardAuthError(WAYS_RULE, described(auth))
  }
  refuseUnknown('auth', auth, WAYS[way])
  if (way === 'token') checkTokens(auth)
  if (way === 'basic') checkUsers(auth['basic'])
  if (way === 'authorize' && typeof auth['authorize'] !== 'function') {
    throw new DashboardAuthError('auth.authorize to be a function', described(auth['authorize']))
  }
}

/** What `authorize` gave. @throws {@link UnauthorizedError} where nobody was let in; {@link DashboardAuthError} for anything else */
export function checkedVisitor(visitor: unknown): DashboardVisitor {
  if (visitor === null || visitor === undefined) throw new UnauthorizedError('the application lets you not in here')
  if (!isObject(visitor)) {
    throw new DashboardAuthError('authorize to return { user, can, queues? }, or null', described(visitor))
  }
  // A misspelled `queues` would limit nothing.
  refuseUnknown('what authorize returns', visitor, ['user', 'can', 'queues'])
  const { user, can, queues } = visitor
  if (typeof user !== 'string' || user === '') {
    throw new DashboardAuthError('authorize to return a user that is a string and not empty', described(user))
  }
  const role = ROLES.find((one) => one === can)
  if (role === undefined) {
    throw new DashboardAuthError(`authorize to return a role that is one of ${ROLES.join(', ')}`, described(can))
  }
  if (queues === undefined) return { user, can: role }
  const patterns: readonly unknown[] | null = Array.isArray(queues) ? queues : null
  if (patterns?.every((each): each is string => typeof each === 'string' && each !== '') === true) {
    return { user, can: role, queues: patterns }
  }
  throw new DashboardAuthError("authorize to return queues as a list of patterns such as ['mail*']", described(queues))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @throws {@link DashboardAuthError} with the nearest name */
function refuseUnknown(what: string, given: object, names: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown === undefined) return
  const received = [unknown, didYouMean(unknown, names)].filter((part) => part !== '').join('; ')
  throw new DashboardAuthError(`${what} to have no members but ${names.join(', ')}`, received)
}

function checkTokens({ token, viewerToken }: Readonly<Record<string, unknown>>): void {
  checkToken('token', token)
  if (viewerToken === undefined) return
  checkToken('viewerToken', viewerToken)
  if (viewerToken === token) throw new DashboardAuthError('a viewerToken that is not the token', 'the same')
}

function checkToken(name: string, token: unknown): void {
  if (typeof token !== 'string') throw new DashboardAuthError(`auth.${name} to be a string`, described(token))
  if (token.length >= SHORTEST_TOKEN) return
  throw new DashboardAuthError(
    `a ${name} of at least ${String(SHORTEST_TOKEN)} characters`,
    `one of ${String(token.length)}; openssl rand -hex 16 makes one`,
  )
}

function checkUsers(users: unknown): void {
  if (!isObject(users) || Object.keys(users).length === 0) {
    throw new DashboardAuthError('auth.basic to be users with the hashes of their passwords', described(users))
  }
  for (const [user, hash] of Object.entries(users)) {
    if (user === '' || user.includes(':')) {
      throw new DashboardAuthError('names of users without a colon that are not empty', described(user))
    }
    if (typeof hash === 'string' && isPasswordHash(hash)) continue
    throw new DashboardAuthError(
      `the password of ${user} as a hash (pq dashboard --hash-password prints it)`,
      'something else',
    )
  }
}
