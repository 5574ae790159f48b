import { expectation } from '../jobs/arguments/check-value.js'
import type { JobDescription } from '../jobs/loading/job-catalogue.js'
import type { Check, ParameterManifest } from '../model/manifest.js'
import type { FieldKind, FormField, JobForm } from './answers.js'

/** The form that queues one task of a job, made of what is known of its arguments. @param defaultQueue - where the job names none */
export function jobForm(job: JobDescription, defaultQueue: string): JobForm {
  const { name, doc, parameters, takesOthers = false } = job
  return { job: name, doc, queue: job.defaultQueue ?? defaultQueue, fields: parameters.map(fieldOf), takesOthers }
}

function fieldOf({ name, optional, check }: ParameterManifest): FormField {
  const present = withoutUndefined(check)
  const choices = choicesOf(present)
  return {
    name,
    isRequired: optional !== true && present === check,
    kind: choices.length > 0 ? 'choice' : kindOf(present),
    type: typed(present),
    choices,
  }
}

/** An argument of a job with its type: `to: string`. */
export function parameterText({ name, optional, check }: ParameterManifest): string {
  const type = typed(withoutUndefined(check))?.replace(/^an? /, '')
  return `${name}${optional === true ? '?' : ''}${type === undefined ? '' : `: ${type}`}`
}

/** Of a type in words. The types that a manifest names are told by their names. */
function typed(check: Check): string | null {
  return check === 'any' ? null : expectation(check, {})
}

/** Kinds that JSON has as a text are asked for as one: dates as ISO 8601, bigints as digits, bytes as base64. */
const KINDS: Readonly<Partial<Record<Extract<Check, string>, FieldKind>>> = {
  string: 'text',
  date: 'text',
  bigint: 'text',
  bytes: 'text',
  number: 'number',
  boolean: 'boolean',
}

function kindOf(check: Check): FieldKind {
  return (typeof check === 'string' ? KINDS[check] : undefined) ?? 'json'
}

/** The values of a type that has a few; empty: it has others. */
function choicesOf(check: Check): readonly string[] {
  if (typeof check === 'string') return []
  const all = 'union' in check ? check.union : [check]
  const choices = all.flatMap((each) => {
    if (each === 'null') return ['null']
    return typeof each === 'object' && 'literal' in each ? [JSON.stringify(each.literal)] : []
  })
  return choices.length === all.length ? choices : []
}

/** An argument that may be undefined may be left out. */
function withoutUndefined(check: Check): Check {
  if (typeof check === 'string' || !('union' in check) || !check.union.includes('undefined')) return check
  const union = check.union.filter((each) => each !== 'undefined')
  const [only] = union
  return union.length === 1 && only !== undefined ? only : { union }
}
