import { DEFAULT_QUEUE } from '../model/defaults.js'
import { isWholeQueue, QUEUE_RULE } from '../model/name.js'
import { TELEMETRIES } from '../telemetry/load-telemetry.js'
import type { Setting } from './setting.js'
import {
  alertRules,
  bearerToken,
  bindAddress,
  classes,
  durability,
  duration,
  flag,
  list,
  oneOf,
  orFunction,
  orNull,
} from './setting-kinds.js'
import { storeOptions, storeUrl, text, whole } from './setting-kinds.js'

const KEPT_LOGS = ['failed', 'all', 'none'] as const
const RPC_CONTROLS = ['none', 'view', 'act'] as const
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
const LONGEST_NAME = 100
const LONGEST_QUEUE_NAME = 200
const OF_QUEUES = { words: QUEUE_RULE, fits: isWholeQueue }
/** The numbers that `concurrentTasks` can be, or return. */
export const TASKS_AT_ONCE = whole(1, 100_000)

/**
 * Every setting, in the order of the help. To add one, add its entry here and run `npm run docs`: that writes its types into
 * options.ts and config.ts, and its documentation.
 */
export const SETTINGS = {
  workers: {
    kind: whole(0, 1_000),
    default: 1,
    letter: 'w',
    doc: 'Worker processes that `start()` runs; 0 consumes in this process.',
  },
  concurrentTasks: {
    kind: orFunction(TASKS_AT_ONCE),
    default: 5,
    doc: 'Tasks that one worker runs at once.',
    details: 'In code also a function of the other settings that returns the number.',
  },
  taskPaths: {
    kind: list('globs or URLs', '<globs>', { least: 0, givenType: 'string | readonly (string | URL)[]' }),
    default: [],
    doc: 'Files that define jobs: globs or URLs.',
    details:
      'Without any, the jobs are those that the program itself has defined when it connects. With any, only the jobs of these files count: those that the program defines elsewhere are not seen. The command `pq start` needs at least one.',
  },
  dataStore: {
    kind: storeUrl,
    default: 'embedded:./.pulsar',
    doc: 'URL of the store of events and locks, and of the queue unless `messageBroker` is set.',
    details:
      '`embedded:<directory>` is SQLite in files, for the processes of one machine; `embedded::memory:` lives in one process; ' +
      '`redis://host:port/db`, `rediss://` (TLS) and `redis+unix:///path?db=0` (a socket) are Redis. `?namespace=` separates applications in one store, and `?connectTimeout=` is the time for which a call waits for it, by default 10 s.',
  },
  messageBroker: {
    kind: storeUrl,
    default: 'embedded:./.pulsar',
    defaultText: 'the data store',
    doc: 'URL of the store of the queue, its results and its schedules.',
  },
  storeOptions: {
    kind: storeOptions,
    default: {},
    isCodeOnly: true,
    doc: 'What the stores need besides their URLs: certificates of TLS, and addresses behind a NAT.',
    details:
      '`tls` is for URLs that begin with `rediss`; its certificates and keys are PEM texts. `natMap` has the addresses that Sentinels and Cluster nodes tell, and those under which this program reaches them.',
  },
  durability: {
    kind: orNull(durability),
    default: null,
    defaultText: 'what the URL of the store says, else `async` or `normal`',
    doc: 'What the store must have done with a task before it is acknowledged.',
    details:
      'Redis: `async`, `replica`, `replicas:2` (any number), `all`, `fsync` and `fsync+replica`; docs/redis.md says what each waits for. An embedded store: `normal` and ' +
      '`full`, which survives a loss of power. It counts for tasks that are queued, not for ticks of periodic jobs. Calls have an option of the same name. ' +
      'docs/reliability.md has what each costs, and what it can lose.',
  },
  messageSerializer: {
    kind: oneOf(['json', 'msgpack'], '<name>'),
    default: 'json',
    doc: 'Encoding of arguments and results: json or msgpack.',
    details: 'Readers accept both, so it can be changed while tasks are queued.',
  },
  taskQueues: {
    kind: list('names of queues', '<names>', { least: 1, longest: LONGEST_QUEUE_NAME, rule: OF_QUEUES }),
    default: [DEFAULT_QUEUE],
    doc: 'Queues that workers consume.',
  },
  defaultTaskQueue: {
    kind: text('the name of a queue,', '<name>', LONGEST_QUEUE_NAME, OF_QUEUES),
    default: DEFAULT_QUEUE,
    doc: 'Queue of a task where neither the caller nor the job names one.',
  },
  schedulePeriodic: {
    kind: flag,
    default: false,
    doc: 'Whether periodic jobs are queued when they are due.',
    details:
      'Without any process that schedules, periodic jobs never run. Any number of processes may schedule; each tick is queued once.',
  },
  maxRequests: {
    kind: whole(0, 1_000_000_000),
    default: 0,
    doc: 'Tasks after which a worker process is replaced; 0: never.',
    details:
      'The next process consumes before the old one stops. The number is spread by up to a tenth, so that workers are not ' +
      'replaced together. Has no effect with `workers: 0`.',
  },
  taskPoolTimeout: {
    kind: duration('1ms', '7d'),
    default: '2s',
    doc: 'Wait of an idle worker before it looks for tasks again.',
    details:
      'New tasks wake workers at once; this is the fallback for a wake-up that was lost. The wait doubles while nothing is ' +
      'found, up to 10 s or the setting, whichever is longer. It is 1 s at least for each 200 idle workers of the queue.',
  },
  leaseTtl: {
    kind: duration('1s', '7d'),
    default: '15s',
    doc: 'Time without a heartbeat after which a worker counts as dead and its tasks run elsewhere.',
  },
  gracePeriod: {
    kind: duration(0),
    default: '30s',
    doc: 'Time that running tasks get to finish when a worker stops.',
    details: 'Tasks that still run after it are aborted and released; they run again elsewhere.',
  },
  handleSignals: {
    kind: flag,
    default: true,
    defaultText: '`true`; with `workers: 0` `false`, except in `pq start`',
    doc: 'Whether `start()` takes SIGTERM and SIGINT, which stop it and end the process, and SIGHUP, which replaces its workers.',
    details: 'Otherwise the program calls `app.close()` itself before it ends.',
  },
  stallLimit: {
    kind: duration('1s'),
    default: '5m',
    doc: 'Time that the event loop of a worker may be blocked before its process ends itself.',
    details:
      'It also ends itself when the loop is still blocked 5 s after one of its runs was due to be over by its `timeout`. It does not while a debugger may be attached.',
  },
  rpcBind: {
    kind: orNull(bindAddress),
    default: null,
    doc: 'Address at which `start()` serves JSON-RPC 2.0, `/healthz`, `/readyz` and `/metrics` over HTTP.',
    details:
      'A port alone is one of 127.0.0.1; port 0 is any free one. At an address that other machines reach, `rpcToken` is needed. A request has at most 4 MiB.',
  },
  rpcToken: {
    kind: orNull(bearerToken),
    default: null,
    isSecret: true,
    doc: 'Bearer token that callers of JSON-RPC must send.',
    details: 'Other users of the machine can read a command line, so set it as PULSAR_RPC_TOKEN.',
  },
  rpcTimeout: {
    kind: duration(0),
    default: '5m',
    doc: 'Longest time that a JSON-RPC call waits for its task to finish; 0: no limit.',
  },
  rpcControl: {
    kind: oneOf(RPC_CONTROLS, '<rights>'),
    default: 'none',
    doc: 'What callers of JSON-RPC may do as operators: `none`, `view`, or `act`, too.',
    details:
      '`view` adds the methods `control.*` that look at queues, tasks, workers and problems, payloads included; `act` those that change something.',
  },
  dropDirectory: {
    kind: orNull(text('the path of a directory,', '<directory>')),
    default: '.',
    doc: 'Directory in which a drop writes its tasks to a file first. null: it writes none.',
    details:
      'Of drops in the dashboard, over JSON-RPC, and by `pq drop` without `--export`. Each has a file of its own, which `pq import` reads, in the ' +
      'process that drops. Payloads are whole in it, whatever `redact` hides; its owner alone may read it.',
  },
  manifest: {
    kind: orNull(text('the path of a file,', '<file>')),
    default: null,
    doc: 'File written by `pq generate`, whose manifest checks arguments. Default: found beside the jobs.',
    details:
      'Looked for, where none is set, in the directory of each job file and those above it, up to the root of its package: ' +
      'files such as `client.generated.js`.',
  },
  name: {
    kind: text('a name', '<name>', LONGEST_NAME),
    default: 'pulsar-queue',
    doc: 'Name of the application: the prefix of its loggers and node names.',
  },
  appVersion: {
    kind: orNull(text('a version', '<version>', LONGEST_NAME)),
    default: null,
    defaultText: 'the version in the `package.json` of the working directory',
    doc: 'Version of the application, such as a release: problems name those that have them.',
  },
  logLevel: {
    kind: oneOf(LOG_LEVELS, '<level>'),
    default: 'info',
    doc: `Lowest level that is logged: ${LOG_LEVELS.join(', ')}.`,
  },
  keepLogs: {
    kind: oneOf(KEPT_LOGS, '<runs>'),
    default: 'failed',
    doc: 'Runs whose last hundred log lines are stored with their outcome: `failed`, `all` or `none`.',
    details:
      'They are kept for as long as the outcome. `failed` are those that fail or are retried; a run that succeeds costs nothing then.',
  },
  telemetry: {
    kind: oneOf(TELEMETRIES, '<kind>'),
    default: 'auto',
    doc: 'Whether OpenTelemetry records traces and metrics: `auto`, `otel` (always) or `none`.',
    details:
      '`auto`: where an SDK has registered before `start()`. It needs the package `@opentelemetry/api`. See docs/telemetry.md.',
  },
  alerts: {
    kind: alertRules,
    default: [],
    isCodeOnly: true,
    doc: 'Rules of alerts, and who is told of each.',
    details:
      'One process of all evaluates them, once a minute: one that consumes, or serves the dashboard. See docs/alerts.md.',
  },
  redact: {
    kind: list('names of members', '<names>', { least: 0 }),
    default: [],
    doc: 'Members of arguments, results and metadata that `api.control`, `pq` and the dashboard do not show.',
    details:
      '`password` is any member of that name, `card.number` one of any `card`, and `card.*` all of them. Their values are hidden in errors, stacks and logs, too, where they have four characters or more. A filter does not match what is hidden. The option `redact` of a job adds to it.',
  },
  consumers: {
    kind: classes,
    default: [],
    isCodeOnly: true,
    doc: 'Classes of consumers beside tasks.',
  },
  config: {
    kind: text('the path of a file,', '<file>'),
    default: null,
    defaultText: '`pulsar.config.*` in the working directory, if there is one',
    letter: 'c',
    doc: 'Path of the configuration file.',
  },
  parseConsole: {
    kind: flag,
    default: true,
    doc: 'Whether `start()` reads the command line.',
  },
} as const satisfies Record<string, Setting>

/** The name of a setting. */
export type SettingName = keyof typeof SETTINGS

/** Checked values of settings. */
export type GivenValues = {
  readonly [Name in SettingName]?: (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value : never
}

/** A setting with its name. */
export interface NamedSetting extends Setting {
  readonly name: SettingName
}

/** Every setting with its name, in the order of the help. */
export const NAMED_SETTINGS: readonly NamedSetting[] = (Object.entries(SETTINGS) as [SettingName, Setting][]).map(
  ([name, setting]) => ({ ...setting, name }),
)

/** The setting of a name; undefined: there is none. */
export function findSetting(name: string): NamedSetting | undefined {
  return NAMED_SETTINGS.find((setting) => setting.name === name)
}
