/** The members of `PulsarQueueSettings` and `Config`, with their doc comments, from the table of settings. */
import { wrap } from './wrap.mjs'

export function optionMembers(settings) {
  return settings.flatMap(({ name, kind, doc, details, ...setting }) => {
    const unit = isDuration(kind) ? 'A duration.' : ''
    return [
      ...comment(sentences(doc, unit, details), `@defaultValue ${defaultOf(setting)}`),
      `  readonly ${name}?: ${kind.givenType} | undefined`,
    ]
  })
}

export function configMembers(settings) {
  return settings.flatMap(({ name, kind, doc, ...setting }) => {
    const type =
      setting.default === null && !kind.valueType.endsWith('null') ? `${kind.valueType} | null` : kind.valueType
    const value = setting.default === null ? null : kind.read(setting.default)
    return [
      ...comment(sentences(doc, isDuration(kind) ? 'In ms.' : ''), ''),
      `  readonly ${name}: ${type} = ${code(value)}`,
    ]
  })
}

/** The default as docs show it: as code, or in words. */
export function defaultOf({ default: value, defaultText }) {
  return defaultText ?? `\`${code(value)}\``
}

export function isDuration(kind) {
  return kind.givenType === 'Duration'
}

function sentences(...parts) {
  return parts.filter((part) => part !== undefined && part !== '').join(' ')
}

/** A value as TypeScript source. */
function code(value) {
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return `[${value.map(code).join(', ')}]`
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  if (typeof value === 'number') return String(value).replace(/\B(?=(\d{3})+$)/g, '_')
  return String(value)
}

/** A doc comment, on one line where it fits. */
function comment(text, tag) {
  const line = `  /** ${sentences(text, tag)} */`
  if (line.length <= 120) return [line]
  const lines = [...wrap(text, 115), ...(tag === '' ? [] : ['', tag])]
  return ['  /**', ...lines.map((each) => `   * ${each}`.trimEnd()), '   */']
}
