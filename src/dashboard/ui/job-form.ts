import type { FormField } from '../answers.js'

/** What stands in a form, by the name of the argument. Absent: nothing was given. */
export type FieldTexts = Readonly<Record<string, string>>

/** The arguments as JSON, or the field that has none. */
export type FormArguments = { readonly args: string } | { readonly field: string; readonly says: string }

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * The arguments of a form as JSON, written by hand: a parser would change long numbers before the server could refuse them. What is
 * left empty is left out, and the server tells whether it may be.
 */
export function formArguments(fields: readonly FormField[], texts: FieldTexts): FormArguments {
  const members: string[] = []
  for (const field of fields) {
    const text = Object.hasOwn(texts, field.name) ? (texts[field.name] ?? '') : ''
    const value = valueOf(field, text)
    if (value === null) continue
    if (!isJson(value)) {
      return {
        field: field.name,
        says: `expected ${field.name} to be JSON, got something else; write a text in quotes`,
      }
    }
    members.push(`${JSON.stringify(field.name)}:${value}`)
  }
  return { args: `{${members.join(',')}}` }
}

/** Null: the argument is left out. */
function valueOf({ kind, isRequired }: FormField, text: string): string | null {
  if (kind === 'text') return text === '' && !isRequired ? null : JSON.stringify(text)
  const given = text.trim()
  if (given === '') return null
  // What is no number goes to the server as a text, which says what it expected.
  return kind === 'number' && !NUMBER.test(given) ? JSON.stringify(text) : given
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The argument that an error names; null: it names none of them. @param names - as the server says it: `args.to[0].address` */
export function fieldNamed(fields: readonly FormField[], names: string | null): string | null {
  if (names?.startsWith('args.') !== true) return null
  const path = names.slice('args.'.length)
  const found = fields
    .map(({ name }) => name)
    .filter((name) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`))
    .sort((a, b) => b.length - a.length)
  return found[0] ?? null
}
