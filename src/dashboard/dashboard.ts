import { apiParts } from '../api/api-parts.js'
import type { Api } from '../api/api.js'
import { BrokerUnreachableError, ClosedError, ForbiddenError, InvalidOptionError, isPulsarError } from '../errors.js'
import type { Logger } from '../logging/logger.js'
import { KeptPlans } from '../operate/kept-plans.js'
import { MONITORING_STATUS, monitoringResponse } from '../operate/metrics/monitoring-response.js'
import { refuseOtherNames } from '../operate/refuse-other-names.js'
import { toJson } from '../serializers/to-json.js'
import { orLate } from '../util/or-late.js'
import { packageVersion } from '../util/package-version.js'
import { readBody } from '../util/read-body.js'
import { errorMessage, errorStack } from '../util/thrown.js'
import { unawaited } from '../util/unawaited.js'
import type { Gate } from './auth/gate.js'
import { LoginCookie } from './auth/login-cookie.js'
import type { Visitor } from './auth/visitor.js'
import { keptFeatures } from './kept-features.js'
import { KeptLooks } from './kept-looks.js'
import { LiveHub } from './live-hub.js'
import type { DashboardOptions } from './options.js'
import { OwnControl } from './own-control.js'
import { fileResponse, pageResponse } from './page.js'
import { requestPlace } from './request-address.js'
import { actRoutes } from './routes/acts.js'
import { lookRoutes } from './routes/looks.js'
import { problemRoutes } from './routes/problems.js'
import { queueRoutes } from './routes/queue-one.js'
import type { Route, RouteContext } from './routes/route.js'
import { optionalText, refuseOtherMembers, textOf } from './routes/route.js'
import { VisitorControl } from './visitor-control.js'

/** What a dashboard needs of its app. */
export interface DashboardHost {
  /** The api of the app, connected. Called with each request; an attempt that failed is repeated. */
  readonly api: () => Promise<Api>
  /** Address of the store in the settings, without a password. */
  readonly address: () => string
  readonly logger: () => Logger
}

/** Longest time that a request waits for a store that is away, ms: whoever asks shall be told, and can ask again. */
const LONGEST_WAIT = 2_000
/** Most bytes of a request. */
const BODY_LIMIT = 1024 * 1024
const API = '/api/v1/'

/** HTTP status of the errors that a visitor can cause or see. All others are faults of the server. */
const STATUS: Readonly<Record<string, number>> = {
  ...MONITORING_STATUS,
  PQ_UNAUTHORIZED: 401,
  PQ_TOO_MANY_ATTEMPTS: 429,
  PQ_FORBIDDEN: 403,
  PQ_NOT_FOUND: 404,
  PQ_TASK_NOT_AVAILABLE: 404,
  PQ_INVALID_FILTER: 400,
  PQ_INVALID_ARGUMENTS: 400,
  PQ_WORKER_ORDER: 409,
}

/**
 * Answers the requests of the dashboard, wherever it is mounted: it looks at the end of the path only. Nothing is connected before
 * the first request.
 */
export class DashboardService {
  readonly #plans = new KeptPlans()
  readonly #looks = new KeptLooks()
  readonly #control: OwnControl
  readonly #hub: LiveHub
  readonly #closing = new AbortController()
  #api: Api | null = null

  constructor(
    private readonly host: DashboardHost,
    private readonly gate: Gate,
    private readonly options: DashboardOptions,
  ) {
    this.#control = new OwnControl(options.redact ?? [])
    this.#hub = new LiveHub(async () => {
      if (this.#api === null) throw new ClosedError('dashboard')
      return await this.#answered(this.#control.of(this.#api).overview())
    })
  }

  /** Never rejects. */
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    try {
      const at = pathname.lastIndexOf(API)
      if (at >= 0) return secured(await this.#answer(request, pathname.slice(at + API.length)))
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return secured(failure(405, 'HTTP', 'pages are read with GET'))
      const looked = await this.#monitored(request)
      if (looked !== null) return secured(looked)
      const file = fileResponse(pathname.slice(pathname.lastIndexOf('/') + 1))
      if (file !== null) return secured(file)
      return secured(asksForApi(request, pathname) ? nothingAt(request, pathname) : pageResponse(this.#title))
    } catch (error) {
      return secured(this.#refusal(error, request))
    }
  }

  /** Ends what is sent without end. */
  close(): void {
    this.#closing.abort(new ClosedError('dashboard'))
    this.#hub.close()
  }

  /** Null: the path is another one. */
  async #monitored(request: Request): Promise<Response | null> {
    return await monitoringResponse(request, async () => {
      const visitor = await this.gate.enter(request)
      const control = this.#controlOf(visitor, await this.#connected())
      return {
        metrics: async (format) => await this.#answered(control.metrics(format)),
        autoscale: async (queue, options) => await this.#answered(control.autoscale(queue, options)),
      }
    })
  }

  /** The api, connected. @throws {@link BrokerUnreachableError} soon, where the store is away; the attempt goes on */
  async #connected(): Promise<Api> {
    const api = await orLate(this.host.api(), LONGEST_WAIT)
    if (api === 'late') throw new BrokerUnreachableError(this.host.address(), LONGEST_WAIT)
    return (this.#api = api)
  }

  /**
   * What a look gives, however long it takes where the store answers others meanwhile.
   *
   * @throws {@link BrokerUnreachableError} soon, where it answers nobody
   */
  async #answered<T>(given: Promise<T>): Promise<T> {
    const half = LONGEST_WAIT / 2
    const look = unawaited(given)
    for (;;) {
      const value = await orLate(look, half)
      if (value !== 'late') return value
      const asked = unawaited(this.#api?.broker.queues() ?? Promise.resolve([]))
      if ((await orLate(Promise.race([look, asked]), half)) === 'late') {
        throw new BrokerUnreachableError(this.host.address(), LONGEST_WAIT)
      }
    }
  }

  #controlOf(visitor: Visitor, api: Api): VisitorControl {
    return new VisitorControl(api, this.#control.of(api), visitor, this.#looks)
  }

  get #title(): string {
    return this.options.title ?? 'pulsar-queue'
  }

  async #answer(request: Request, path: string): Promise<Response> {
    if (request.method === 'POST') refuseForeign(request)
    if (path === 'session' && request.method === 'POST') return await this.#logIn(request)
    if (path === 'session' && request.method === 'DELETE') {
      return json({}, { headers: { 'set-cookie': LoginCookie.end() } })
    }
    const visitor = await this.gate.enter(request)
    const api = await this.#connected()
    if (path === 'session' || path === 'live') refuseOtherNames(request, [])
    if (path === 'session') return json(await this.#session(visitor, api))
    const control = this.#controlOf(visitor, api)
    if (path === 'live') {
      const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' }
      const enter = async (): Promise<Visitor> => await this.gate.enter(request)
      return new Response(this.#hub.stream(visitor, request, enter), { headers })
    }
    const found = routeOf(request.method, path)
    if (found === null) return nothingAt(request, `api/v1/${path}`)
    visitor.demand(found.route.needs)
    const context: RouteContext = {
      control,
      options: this.options,
      plans: this.#plans,
      visitor,
      path: found.parts,
      query: refuseOtherNames(request, found.route.query ?? []),
      body: request.method === 'POST' ? await this.#bodyOf(request, found.route.body ?? []) : {},
      signal: request.signal,
    }
    const answer = Promise.resolve(found.route.answer(context))
    // An act is done or not: whoever asks for one waits until that is known.
    const value = await (request.method === 'GET' ? this.#answered(answer) : answer)
    return isStream(value) ? this.#lines(value, request) : json(value)
  }

  async #session(visitor: Visitor, api: Api): Promise<unknown> {
    return {
      keeps: await this.#answered(keptFeatures(api.control)),
      exportsDrops: apiParts(api).config.dropDirectory !== null,
      user: visitor.user,
      can: visitor.permissions,
      seesAll: visitor.seesAll,
      readOnly: this.options.readOnly ?? false,
      title: this.#title,
      environment: this.options.environment ?? null,
      version: packageVersion(),
      store: api.broker.address,
    }
  }

  async #logIn(request: Request): Promise<Response> {
    const body = await this.#bodyOf(request, ['user', 'secret'])
    const isSecure = new URL(request.url).protocol === 'https:' || request.headers.get('x-forwarded-proto') === 'https'
    const login = { user: optionalText(body, 'user') ?? '', secret: textOf(body, 'secret'), isSecure }
    const { visitor, cookie } = await this.gate.logIn(requestPlace(request), login)
    return json(await this.#session(visitor, await this.#connected()), { headers: { 'set-cookie': cookie } })
  }

  /** @throws {@link InvalidOptionError} */
  async #bodyOf(request: Request, names: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const type = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase()
    if (type !== 'application/json')
      throw new InvalidOptionError('body', 'application/json', type === '' ? 'no type' : String(type))
    const bytes = await readBody(request, BODY_LIMIT, this.#closing.signal)
    if (bytes === 'stopped') throw new ClosedError('dashboard')
    if (bytes === 'too large') throw new InvalidOptionError('body', `at most ${String(BODY_LIMIT)} bytes`, 'more')
    let body: unknown
    try {
      body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch {
      throw new InvalidOptionError('body', 'JSON in UTF-8', 'something else')
    }
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new InvalidOptionError('body', 'an object', 'another value')
    const members = body as Readonly<Record<string, unknown>>
    refuseOtherMembers(members, names)
    return members
  }

  /** One line of JSON a value. A failure is the last line: the status has been sent by then. */
  #lines(values: AsyncIterable<unknown>, request: Request): Response {
    const encoder = new TextEncoder()
    const iterator: AsyncIterator<unknown, unknown> = values[Symbol.asyncIterator]()
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const { done, value } = await iterator.next()
          if (done) controller.close()
          else controller.enqueue(encoder.encode(`${toJson(value)}\n`))
        } catch (error) {
          const { code, message } = this.#told(error, request)
          controller.enqueue(encoder.encode(`${toJson({ failed: { code, message } })}\n`))
          controller.close()
        }
      },
      cancel: async () => {
        await iterator.return?.()
      },
    })
    return new Response(body, { headers: { 'content-type': 'application/x-ndjson', 'x-accel-buffering': 'no' } })
  }

  #refusal(error: unknown, request: Request): Response {
    const { status, code, message, names } = this.#told(error, request)
    const hasLogin = status === 401 ? this.gate.hasLogin : undefined
    const response = failure(status, code, message, { names, hasLogin })
    if (isPulsarError(error, 'PQ_TOO_MANY_ATTEMPTS'))
      response.headers.set('retry-after', String(Math.ceil(error.retryAfter / 1_000)))
    return response
  }

  /** What a visitor is told of an error. What is no error of theirs goes to the log, with its stack. */
  #told(error: unknown, request: Request): Told {
    const status = isPulsarError(error) ? STATUS[error.code] : undefined
    if (isPulsarError(error) && status !== undefined) {
      return { status, code: error.code, message: error.message, names: namedBy(error) }
    }
    if (!request.signal.aborted) {
      this.host.logger().error(`the dashboard failed: ${errorStack(error) ?? errorMessage(error)}`)
    }
    return { status: 500, code: 'PQ_INTERNAL', message: 'the dashboard failed; its log says why' }
  }
}

/**
 * Refuses what another site's page makes a browser send. Browsers say where a request comes from; a program that sends a token of its
 * own is no browser that was misled.
 *
 * @throws {@link ForbiddenError}
 */
function refuseForeign(request: Request): void {
  const { headers } = request
  const site = headers.get('sec-fetch-site')
  const origin = headers.get('origin')
  const host = headers.get('host') ?? new URL(request.url).host
  if (site !== null ? site === 'same-origin' : origin !== null && hostOf(origin) === host) return
  if (site === null && origin === null && !headers.has('cookie')) return
  throw new ForbiddenError('the request comes from another site')
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}

/**
 * Whether a request that is none of the API was meant for it: below `…/api`, and not of a browser that opens a page. The dashboard may be
 * mounted there, too.
 */
function asksForApi({ headers }: Request, pathname: string): boolean {
  return /\/api(?:\/|$)/.test(pathname) && headers.get('accept')?.includes('text/html') !== true
}

function nothingAt({ method }: Request, path: string): Response {
  return failure(404, 'HTTP', `there is no ${method} ${path}`)
}

/** The routes below `api/v1/`. */
export const ROUTES = [...lookRoutes, ...problemRoutes, ...queueRoutes, ...actRoutes].map((route) => ({
  route,
  parts: route.pattern.split('/'),
}))

function routeOf(method: string, path: string): { route: Route; parts: Record<string, string> } | null {
  const given = path.split('/')
  for (const { route, parts } of ROUTES) {
    if (route.method !== method || parts.length !== given.length) continue
    const named: Record<string, string> = {}
    const matches = parts.every((part, i) => {
      if (!part.startsWith(':')) return part === given[i]
      const value = decoded(given[i] ?? '')
      if (value !== null) named[part.slice(1)] = value
      return value !== null && value !== ''
    })
    if (matches) return { route, parts: named }
  }
  return null
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function json(value: unknown, init: ResponseInit = {}): Response {
  const headers = new Headers(init.headers)
  headers.set('content-type', 'application/json')
  return new Response(toJson(value), { ...init, headers })
}

/** @param more - members that are undefined are left out */
function failure(status: number, code: string, message: string, more: FailureDetails = {}): Response {
  return json({ error: { code, message, ...more } }, { status })
}

/** What else a page needs to know of a failure. */
interface FailureDetails {
  /** As {@link Told.names}. */
  readonly names?: string | undefined
  /** Whether a form can help whoever is not let in. */
  readonly hasLogin?: boolean | undefined
}

/** What a visitor is told of an error. */
interface Told {
  readonly status: number
  readonly code: string
  readonly message: string
  /** The argument, with the path in it, or the option that is wrong: a form shows the message beside it. */
  readonly names?: string | undefined
}

function namedBy(error: unknown): string | undefined {
  if (isPulsarError(error, 'PQ_INVALID_ARGUMENTS')) return `args.${error.argument}`
  if (isPulsarError(error, 'PQ_INVALID_OPTION')) return error.option
  return undefined
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function secured(response: Response): Response {
  const { headers } = response
  headers.set('x-content-type-options', 'nosniff')
  headers.set('referrer-policy', 'no-referrer')
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  return response
}
