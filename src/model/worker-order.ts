import type { LoggedLine, LogStart } from './logged-line.js'

/** What an operator tells one worker to do. */
export type WorkerOrder =
  /** It says what it knows of a job. Nothing changes. */
  | { readonly act: 'describe'; readonly job: string }
  | { readonly act: 'quiet' }
  | { readonly act: 'resume' }
  | { readonly act: 'stop' }
  | { readonly act: 'concurrency'; readonly tasks: number }
  | FollowOrder
  | { readonly act: 'log-level'; readonly level: OrderedLogLevel }

/** It publishes what the runs of a task log on the channel of the task's log ({@link logChannel}), for half a minute. */
export interface FollowOrder {
  readonly act: 'follow'
  readonly task: string
  /** What whoever asks has of the log already; null: nothing. */
  readonly has: LogPlace | null
}

/** A place in the log of a task. */
export interface LogPlace extends LogStart {
  /** Number of the next line. */
  readonly next: number
}

/** The channel of all who follow the log of a task: however many they are, each line is published once. */
export function logChannel(task: string): string {
  return `logs:${task}`
}

export type OrderedLogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'

/** An order on its way. */
export interface SentOrder {
  readonly order: WorkerOrder
  /** Channel on which its answer is awaited. */
  readonly answer: string
  /** Who has given it. */
  readonly by: string
}

/** What a worker says of an order. Null: it is carried out, or, of `stop`, begun. Else why it is not. */
export interface OrderAnswer {
  readonly refusal: string | null
  /** To `describe`. */
  readonly description?: WorkerDescription
  /** To `follow`: the end of the log so far; null: the task does not run here, or its lines are not kept. */
  readonly followed?: LogPlace | null
  /** To `follow`: the end of the last log that is complete; absent: none that whoever asks may lack. */
  readonly last?: LogPlace
}

/** Lines of the log of a task, as a worker publishes them: in order, each once, and again where somebody lacks them. */
export interface PublishedLines {
  readonly queue: string
  readonly start: LogStart
  /** Number of the first one in its run, from 0. */
  readonly first: number
  readonly lines: readonly LoggedLine[]
  /** Number of the oldest line that the worker still has. */
  readonly kept: number
  /** Whether these are the last. */
  readonly isOver: boolean
}

/** What a worker says of itself. */
export interface WorkerDescription {
  /** Whether it knows the job that was asked for. */
  readonly knowsJob: boolean
  /** Number of jobs that it knows. */
  readonly jobs: number
  /** Of the application; null: unknown. */
  readonly version: string | null
  readonly isQuiet: boolean
  /** Absent: another version has answered. */
  readonly process?: WorkerProcess
}

/** What a worker says of its process. */
export interface WorkerProcess {
  /** Its clock as it answers, ms since the epoch. */
  readonly now: number
  readonly pid: number
  /** When the process started, by its clock, ms since the epoch. Absent: another version has answered. */
  readonly startedAt?: number
  readonly running: number
  readonly processed: number
  /** Bytes. */
  readonly memory: number
  /** How late a timer was as it answered, ms. */
  readonly eventLoopDelay: number
  /** Names of the jobs that it knows, the first 500. */
  readonly jobs: readonly string[]
  /** Hash of its jobs with their arguments: workers of one version have the same. */
  readonly manifest: string
}
