import type { PulsarQueueSettings } from './options.js'
import type { SettingKind } from './setting-kinds.js'
import {
  bearerToken,
  bindAddress,
  classes,
  duration,
  flag,
  list,
  oneOf,
  optionalText,
  storeUrl,
  text,
  whole,
  wholeOrFunction,
} from './setting-kinds.js'

/** One setting: all that the command line, the environment, code and the help know of it. */
export interface Setting {
  readonly name: keyof PulsarQueueSettings
  readonly kind: SettingKind
  /** One-letter flag. */
  readonly short?: string
  /** What stands for its value in the help; a switch has none. */
  readonly placeholder?: string
  readonly doc: string
  /** Never shown, not even in an error about it. */
  readonly isSecret?: boolean
  /** The default as the help shows it. */
  readonly shown: string
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** Every setting, in the order of the help. */
export const SETTINGS: readonly Setting[] = [
  {
    name: 'workers',
    short: 'w',
    placeholder: '<n>',
    kind: whole(0),
    shown: '1',
    doc: 'worker processes; 0 consumes in this process',
  },
  {
    name: 'concurrentTasks',
    placeholder: '<n>',
    kind: wholeOrFunction(),
    shown: '5',
    doc: 'tasks at once in one worker',
  },
  {
    name: 'taskPaths',
    placeholder: '<globs>',
    kind: list('a list of globs or URLs', 0),
    shown: 'none',
    doc: 'files that define jobs',
  },
  {
    name: 'dataStore',
    placeholder: '<url>',
    kind: storeUrl,
    shown: 'embedded:./.pulsar',
    doc: 'store of events, schedules and, unless messageBroker is set, the queue',
  },
  {
    name: 'messageBroker',
    placeholder: '<url>',
    kind: storeUrl,
    shown: 'the data store',
    doc: 'store of the queue and its results',
  },
  {
    name: 'messageSerializer',
    placeholder: '<name>',
    kind: oneOf(['json', 'msgpack']),
    shown: 'json',
    doc: 'how tasks are written: json or msgpack',
  },
  {
    name: 'taskQueues',
    placeholder: '<names>',
    kind: list('a list of queue names', 1),
    shown: 'pulsarqueue',
    doc: 'queues that are consumed',
  },
  {
    name: 'defaultTaskQueue',
    placeholder: '<name>',
    kind: text('the name of a queue'),
    shown: 'pulsarqueue',
    doc: 'queue of a task when nothing names one',
  },
  { name: 'schedulePeriodic', kind: flag, shown: 'false', doc: 'run periodic jobs' },
  {
    name: 'maxRequests',
    placeholder: '<n>',
    kind: whole(0),
    shown: '0',
    doc: 'tasks after which a worker process is replaced; 0: never',
  },
  {
    name: 'taskPoolTimeout',
    placeholder: '<time>',
    kind: duration(1),
    shown: '2s',
    doc: 'longest idle wait before looking again',
  },
  {
    name: 'leaseTtl',
    placeholder: '<time>',
    kind: duration(1_000),
    shown: '15s',
    doc: 'silence after which a worker counts as dead',
  },
  {
    name: 'gracePeriod',
    placeholder: '<time>',
    kind: duration(0),
    shown: '30s',
    doc: 'what running tasks get to finish at a stop',
  },
  {
    name: 'stallLimit',
    placeholder: '<time>',
    kind: duration(1_000),
    shown: '5m',
    doc: 'standstill after which a worker ends itself',
  },
  {
    name: 'rpcBind',
    placeholder: '<address>',
    kind: bindAddress,
    shown: 'none',
    doc: 'where JSON-RPC and health are served over HTTP',
  },
  {
    name: 'rpcToken',
    placeholder: '<token>',
    kind: bearerToken,
    isSecret: true,
    shown: 'none',
    doc: 'token that its callers must send; better PULSAR_RPC_TOKEN',
  },
  {
    name: 'rpcTimeout',
    placeholder: '<time>',
    kind: duration(0),
    shown: '5m',
    doc: 'longest wait of a call for the end of its task; 0: no limit',
  },
  {
    name: 'manifest',
    placeholder: '<file>',
    kind: optionalText('the path of a generated file, or null'),
    shown: 'none',
    doc: 'generated file whose manifest checks arguments',
  },
  { name: 'name', placeholder: '<name>', kind: text('a name'), shown: 'pulsar-queue', doc: 'name of the application' },
  {
    name: 'logLevel',
    placeholder: '<level>',
    kind: oneOf(LEVELS),
    shown: 'info',
    doc: `least level that is logged: ${LEVELS.join(', ')}`,
  },
  {
    name: 'consumers',
    kind: classes,
    placeholder: '<classes>',
    shown: 'none',
    doc: 'consumers beside tasks; code alone can give them',
  },
  {
    name: 'config',
    short: 'c',
    placeholder: '<file>',
    kind: text('the path of a file'),
    shown: 'pulsar.config.*',
    doc: 'configuration file',
  },
  { name: 'parseConsole', kind: flag, shown: 'true', doc: 'whether start() reads the command line' },
]

/** By name, camelCase. */
export const SETTING_BY_NAME: ReadonlyMap<string, Setting> = new Map(SETTINGS.map((setting) => [setting.name, setting]))

/** `taskQueues` → `--task-queues`. */
export function flagOf(setting: Setting): string {
  return `--${setting.name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** `taskQueues` → `PULSAR_TASK_QUEUES`. */
export function variableOf(setting: Setting): string {
  return `PULSAR_${setting.name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** The settings as flags with their meaning and default, one a line, for `--help`. */
export function settingsHelp(): string {
  const rows = SETTINGS.map((setting) => {
    const short = setting.short === undefined ? '    ' : `-${setting.short}, `
    const placeholder = setting.placeholder === undefined ? '' : ` ${setting.placeholder}`
    return [`${short}${flagOf(setting)}${placeholder}`, `${setting.doc} (default: ${setting.shown})`] as const
  })
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}
