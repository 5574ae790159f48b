import type { SettingKind } from './setting-kinds.js'

/**
 * One setting, said once. Types, `--help`, the readers of command line, environment and configuration file, and
 * docs/settings.md all come from it.
 *
 * @typeParam Value - the type in `Config`
 */
export interface Setting<Value = unknown> {
  readonly kind: SettingKind<Value>
  /** The default, as code would write it. */
  readonly default: string | number | boolean | null | readonly string[] | Readonly<Record<string, never>>
  /** The default in words, where the value does not say it. */
  readonly defaultText?: string
  /** One-letter flag of the command line. */
  readonly letter?: string
  /** The setting in a sentence. */
  readonly doc: string
  /** Further sentences, for the doc comment and docs/settings.md. */
  readonly details?: string
  /** Whether the value is hidden from errors. */
  readonly isSecret?: boolean
  /** Whether only code and configuration files can give it: no flag, no variable. */
  readonly isCodeOnly?: boolean
}

/** `taskQueues` → `--task-queues`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** `taskQueues` → `PULSAR_TASK_QUEUES`. */
export function variableOf(name: string): string {
  return `PULSAR_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** The default as the help of a command line shows it. */
export function defaultTextOf({ default: value, defaultText }: Setting): string {
  if (defaultText !== undefined) return defaultText.replaceAll('`', '')
  if (typeof value === 'object') return Array.isArray(value) && value.length > 0 ? value.join(',') : 'none'
  return String(value)
}
