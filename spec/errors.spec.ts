import * as api from 'pulsar-queue'
import type { ErrorOfCode, PulsarErrorCode } from 'pulsar-queue'
import { isPulsarError, PulsarError, Task } from 'pulsar-queue'
import { describe, expect, it } from 'vitest'

const failed = new Task<number>({
  id: 'i1',
  name: 'addition',
  queue: 'pulsarqueue',
  status: 2,
  kwargs: {},
  result: undefined,
  exception: 'no such number',
  stacktrace: null,
  error: null,
  retry: 1,
  delay: 0,
  timeout: 0,
  expires: 0,
  expiry: null,
  priority: 4,
  progress: undefined,
  timeQueued: 0,
  timeStarted: 0,
  timeEnded: 0,
  worker: null,
  node: null,
  fromTask: null,
  meta: {},
  runInfo: {},
  attempts: [],
})

/** An error of every class, with its code and its message. */
const errors: readonly [PulsarErrorCode, PulsarError, string][] = [
  [
    'PQ_INVALID_ARGUMENTS',
    new api.InvalidArgumentsError('addition', 'b', 'a number', '"6"', 'pass 6'),
    'addition: expected argument b to be a number, got "6"; pass 6',
  ],
  [
    'PQ_INVALID_OPTION',
    new api.InvalidOptionError('priority', '0 to 9', '10'),
    'expected option priority to be 0 to 9, got 10',
  ],
  [
    'PQ_INVALID_SETTING',
    new api.InvalidSettingError('workers', 'a number', '"two"', 'environment', 'use 2'),
    'environment: expected setting workers to be a number, got "two"; use 2',
  ],
  [
    'PQ_INVALID_DURATION',
    new api.InvalidDurationError('delay', '2 weeks'),
    `expected delay to be a number of seconds or a string such as '250ms', '2s', '5m', '1h' or '7d', got "2 weeks"`,
  ],
  [
    'PQ_INVALID_URL',
    new api.InvalidUrlError('reddis://x', 'redis://127.0.0.1:6379'),
    'expected a store URL such as redis://127.0.0.1:6379, got "reddis://x"',
  ],
  [
    'PQ_INVALID_FILTER',
    new api.InvalidFilterError('ran:soon', 'a duration', '"soon"'),
    'filter: expected a duration in "ran:soon", got "soon"',
  ],
  [
    'PQ_TASK_NOT_AVAILABLE',
    new api.TaskNotAvailableError('adition', 'addition'),
    'no job is named "adition"; did you mean "addition"?',
  ],
  [
    'PQ_DUPLICATE_JOB',
    new api.DuplicateJobError('addition', ['a.ts', 'b.ts']),
    `two jobs are named "addition": one in a.ts, one in b.ts; give one of them @Job({ name: '...' })`,
  ],
  [
    'PQ_MESSAGE_TYPE',
    new api.MessageTypeError('tweet', 'free for Tweet, got one that Other has'),
    'expected message type "tweet" to be free for Tweet, got one that Other has',
  ],
  ['PQ_JOB_DEFINITION', new api.JobDefinitionError('Addition', 'it has no run'), 'job Addition: it has no run'],
  ['PQ_JOB_LOAD', new api.JobLoadError('jobs/a.ts', new Error('boom')), 'cannot load the job file jobs/a.ts: boom'],
  [
    'PQ_MANIFEST_MISMATCH',
    new api.ManifestMismatchError('addition', 'it takes 3 arguments'),
    'the manifest and the code disagree about job addition: it takes 3 arguments; run `pq generate`',
  ],
  ['PQ_INJECTION', new api.InjectionError('Mailer', 'no metadata'), 'cannot build Mailer: no metadata'],
  ['PQ_ALREADY_STARTED', new api.AlreadyStartedError('register()'), 'register() after start(); do it before'],
  [
    'PQ_SEVERAL_APPS',
    new api.SeveralAppsError(),
    'expected an app with worker processes to be the only one that the program starts, got another one before; serve them with workers: 0, or write a program for each',
  ],
  [
    'PQ_TELEMETRY_MISSING',
    new api.TelemetryMissingError(),
    'expected the package @opentelemetry/api, which the setting telemetry asks for, got none; install it (npm install @opentelemetry/api), or set telemetry to none',
  ],
  [
    'PQ_BUNDLED',
    new api.BundledError(),
    "expected the files of the package pulsar-queue, which a worker and jobs that are loaded from files need, got a bundle that contains the package; leave it external in your bundler (esbuild: --external:pulsar-queue; webpack: externals: { 'pulsar-queue': 'module pulsar-queue' }; Next.js: serverExternalPackages: ['pulsar-queue']) and install it where the bundle runs",
  ],
  ['PQ_NOT_STARTED', new api.NotStartedError('queue()'), 'queue() before start(); await start() first'],
  ['PQ_CLOSED', new api.ClosedError('producer'), 'the producer is closed; await its calls before close()'],
  [
    'PQ_SERIALIZATION',
    new api.SerializationError('args.items[3]', 'a symbol'),
    'args.items[3] is a symbol, which cannot be serialized',
  ],
  ['PQ_DESERIALIZATION', new api.DeserializationError('expected JSON, got xml'), 'expected JSON, got xml'],
  [
    'PQ_BROKER_UNREACHABLE',
    new api.BrokerUnreachableError('redis://127.0.0.1:1', 10_000, new Error('ECONNREFUSED')),
    'cannot reach redis://127.0.0.1:1 within 10 s: ECONNREFUSED; check that it runs and that the address is right',
  ],
  [
    'PQ_BROKER_VERSION',
    new api.BrokerVersionError('redis://x', '6.2', '7.0'),
    'expected redis://x to be version 7.0 or later, got 6.2; upgrade it',
  ],
  [
    'PQ_SQLITE_MISSING',
    new api.SqliteMissingError('3.51.3', new Error("Cannot find module 'x'\nRequire stack:")),
    `expected SQLite 3.51.3 or later for the embedded store, got a Node ${process.versions.node} without it and no package @photostructure/sqlite that loads: Cannot find module 'x'; run \`npm install @photostructure/sqlite\`, use a newer Node, or set dataStore to a redis:// URL`,
  ],
  [
    'PQ_NOT_DURABLE',
    new api.DurabilityError('redis://x', '1 replicas', '0 of 1 replicas', 1_000),
    'the tasks are stored at redis://x, but expected 1 replicas to have them, got 0 of 1 replicas after 1 s; check its replicas and appendonly, or queue them again under the same ids',
  ],
  [
    'PQ_BROKER_FULL',
    new api.BrokerFullError('redis://x', 'OOM'),
    'redis://x takes no more tasks: OOM; give it more room',
  ],
  [
    'PQ_KEY_TYPE',
    new api.KeyTypeError('redis://h:6379/0', '{pq:mail}:task', 'hash', 'string'),
    'expected key {pq:mail}:task of redis://h:6379/0 to be a hash, got a string; another program has written it: rename or delete it (RENAME, DEL), and keep that program away by another database or namespace',
  ],
  [
    'PQ_LAYOUT_VERSION',
    new api.LayoutVersionError('.pulsar', '9', '1'),
    '.pulsar holds data of layout 9, and this version of pulsar-queue reads layout 1; drain it with the version that wrote it, or use another directory, database or namespace',
  ],
  [
    'PQ_EMBEDDED_DIRECTORY',
    new api.EmbeddedDirectoryError('/proc/x', 'EACCES', false),
    'cannot use /proc/x for the embedded broker: EACCES',
  ],
  ['PQ_LEASE_LOST', new api.LeaseLostError('q', 'w1'), 'worker w1 holds no lease on queue q; it must join again'],
  ['PQ_STALE_CALL', new api.StaleCallError('q', 'w1', 7), 'call 7 of worker w1 on queue q is older than its last'],
  [
    'PQ_WORKER_ORDER',
    new api.WorkerOrderError('host:7', 'quiet', 'it has not answered within 5 s'),
    'expected worker host:7 to take the order quiet, and it did not: it has not answered within 5 s',
  ],
  [
    'PQ_NOT_KEPT',
    new api.NotKeptError('series', 'nats://x'),
    'expected a store that keeps series, got nats://x, which does not',
  ],
  [
    'PQ_NOT_MEASURED',
    new api.NotMeasuredError('mail', 'a worker has reported the end of a run within 60 days'),
    'expected that a worker has reported the end of a run within 60 days in queue mail, got none: what it needs is unknown. Keep one worker of it, and ask again: workers report every ten seconds',
  ],
  [
    'PQ_HISTORY_CHANGED',
    new api.HistoryChangedError('q', 'w1'),
    'expected the store of queue q to have the history in which worker w1 got its lease, got another one: a failover or a restart may have lost the latest writes; the worker has to adopt its tasks first',
  ],
  [
    'PQ_WAIT_TIMEOUT',
    new api.WaitTimeoutError('i1', 1_500),
    'expected task i1 to end within 1.5 s, got no end; it goes on',
  ],
  [
    'PQ_ID_IN_USE',
    new api.IdInUseError('o-17', 'q', 'mail.send', 'bill.send'),
    'expected id "o-17" in queue q to be new or that of a task of mail.send, got that of a task of bill.send: nothing was queued; give each job ids of its own',
  ],
  [
    'PQ_DRAIN_TIMEOUT',
    new api.DrainTimeoutError(1_500, ['task.hangs<i1><STARTED>']),
    'the queues were not drained after 1.5 s; still running: task.hangs<i1><STARTED>',
  ],
  [
    'PQ_LOCK_TIMEOUT',
    new api.LockTimeoutError('accounts', 1_500),
    'expected lock accounts to be free within 1.5 s, got no turn; wait longer, or use tryLock()',
  ],
  [
    'PQ_SHELL',
    new api.ShellError('grep x', 1, null, '', 'no such file\n'),
    'the command "grep x" ended with exit code 1: no such file',
  ],
  [
    'PQ_INTERPRETER',
    new api.InterpreterMissingError('Python', ['python3', 'python']),
    'expected python3 or python on the PATH of the worker, got none; install Python, or start the worker with its directory in PATH',
  ],
  [
    'PQ_INVALID_REQUEST',
    new api.InvalidRequestError('an object with jsonrpc: "2.0"'),
    'expected the request to be an object with jsonrpc: "2.0"',
  ],
  [
    'PQ_RPC_AUTH',
    new api.RpcAuthError('0.0.0.0:8060'),
    'the server of JSON-RPC expected rpcToken at an address that other machines reach, got none at 0.0.0.0:8060; ' +
      'set PULSAR_RPC_TOKEN, such as to $(openssl rand -hex 16), or set rpcBind to 127.0.0.1',
  ],
  [
    'PQ_RPC_BIND',
    new api.RpcBindError('127.0.0.1:80', Object.assign(new Error('denied'), { code: 'EACCES' })),
    'cannot serve JSON-RPC at 127.0.0.1:80: this user has no permission; set rpcBind to a port of 1024 or more',
  ],
  [
    'PQ_DASHBOARD_BIND',
    new api.DashboardBindError('127.0.0.1:80', Object.assign(new Error('denied'), { code: 'EACCES' })),
    'cannot serve the dashboard at 127.0.0.1:80: this user has no permission; set --bind to a port of 1024 or more',
  ],
  [
    'PQ_DASHBOARD_AUTH',
    new api.DashboardAuthError('a token of at least 16 characters', 'one of 5'),
    'the dashboard expected a token of at least 16 characters, got one of 5',
  ],
  [
    'PQ_TOO_MANY_ATTEMPTS',
    new api.TooManyAttemptsError(1_200),
    'too many attempts to log in have failed; try again in 2 s',
  ],
  ['PQ_UNAUTHORIZED', new api.UnauthorizedError('log in first'), 'log in first'],
  ['PQ_FORBIDDEN', new api.ForbiddenError('this dashboard is read-only'), 'this dashboard is read-only'],
  ['PQ_TASK_FAILED', new api.TaskFailedError(failed), 'no such number'],
  ['PQ_TASK_REVOKED', new api.TaskRevokedError(failed), 'no such number'],
  ['PQ_TASK_ERROR', new api.TaskError('handled'), 'handled'],
  ['PQ_TASK_ABORTED', new api.TaskAbortedError('i1', 'timeout'), 'the run took longer than its timeout'],
  [
    'PQ_RUN_OVER',
    new api.RunOverError('i1'),
    'expected the run of task i1 to go on, got a use of it after its end; await what the job starts',
  ],
  ['PQ_NON_RETRYABLE', new api.NonRetryableError('never'), 'never'],
  [
    'PQ_RESULT_EXPIRED',
    new api.ResultExpiredError('i1'),
    `the result of task i1 has expired; raise the job's resultTtl or ask sooner`,
  ],
  [
    'PQ_TASK_LOST',
    new api.TaskLostError('i1'),
    'task i1 is not in the store: its queue was flushed, or the store lost data; queue it again',
  ],
  [
    'PQ_NOT_FOUND',
    new api.NotFoundError('task', 'i1', 'look in another queue'),
    'there is no task "i1"; look in another queue',
  ],
  ['PQ_CODEGEN', new api.CodegenError('a.ts', 3, 5, 'not exported'), 'a.ts:3:5: not exported'],
  [
    'PQ_TYPESCRIPT',
    new api.TypeScriptMissingError('there is none'),
    'expected TypeScript >=5.9 <7 with its compiler API in the project, but there is none; run `npm install --save-dev typescript@6`',
  ],
]

describe('an error', () => {
  it.each(errors)('of code %s names the expected value, the given one and the fix', (code, error, message) => {
    expect(error).toMatchObject({ code, message, name: error.constructor.name })
    expect(isPulsarError(error)).toBe(true)
    expect(isPulsarError(error, code)).toBe(true)
    expect(String(error)).toBe(`${error.constructor.name}: ${message}`)
  })

  it('has a code that no other class has', () => {
    const classes = Object.values(api).filter(
      (exported) => typeof exported === 'function' && exported.prototype instanceof PulsarError,
    )
    expect(new Set(errors.map(([, error]) => error.constructor))).toEqual(new Set(classes))
    expect(new Set(errors.map(([code]) => code)).size).toBe(errors.length)
  })

  it('names the nearest job only where one is similar', () => {
    expect(new api.TaskNotAvailableError('x', null).message).toBe(
      'no job is named "x"; check that taskPaths finds its file',
    )
  })

  it('keeps its cause', () => {
    const cause = new Error('boom')
    expect(new api.JobLoadError('a.ts', cause).cause).toBe(cause)
    expect(new api.InjectionError('A', 'b', { cause }).cause).toBe(cause)
    expect(new api.JobLoadError('a.ts', 'text').message).toContain('a.ts: text')
  })
})

describe('isPulsarError', () => {
  it('narrows to the class of a code, with its data', () => {
    const caught: unknown = new api.InvalidArgumentsError('addition', 'b', 'a number', '"6"')
    if (!isPulsarError(caught, 'PQ_INVALID_ARGUMENTS')) throw new Error('expected it to be one')
    const narrowed: ErrorOfCode<'PQ_INVALID_ARGUMENTS'> = caught
    expect([narrowed.job, narrowed.argument, narrowed.expected, narrowed.received]).toEqual([
      'addition',
      'b',
      'a number',
      '"6"',
    ])
  })

  it('recognizes an error of another copy of the package by its code', () => {
    expect(isPulsarError(Object.assign(new Error('elsewhere'), { code: 'PQ_CLOSED' }), 'PQ_CLOSED')).toBe(true)
  })

  it.each<[string, unknown]>([
    ['another code', new api.ClosedError('x')],
    ['an error of Node', Object.assign(new Error('x'), { code: 'ENOENT' })],
    ['an error without a code', new Error('x')],
    ['a code that is no string', Object.assign(new Error('x'), { code: 5 })],
    ['an object that only looks like an error', { code: 'PQ_INVALID_URL', message: 'x' }],
    ['nothing', undefined],
  ])('refuses %s', (_what, error) => {
    expect(isPulsarError(error, 'PQ_INVALID_URL')).toBe(false)
  })
})
