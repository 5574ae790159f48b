import type ts from 'typescript'
import type { Concurrency, ConcurrencyName } from '../../model/concurrency.js'
import { concurrencyName } from '../../model/concurrency.js'
import type { Literal } from './literal-value.js'
import { constInitializer, isLeftOut, literalValue, unwrapExpression } from './literal-value.js'
import type { JobSource } from './job-source.js'
import type { SourceContext } from './source-context.js'

/** The options of a job that the generator needs. */
export interface OptionsSource extends Pick<JobSource, 'type' | 'concurrency' | 'options'> {
  readonly name: string | null
  readonly nameNode: ts.Node | null
  /** The DTO class that the option `args` names; null for none. */
  readonly args: ts.Expression | null
}

/** The expressions of an options object by the names of its members. */
type Members = Map<string, ts.Expression>

const MODES: readonly string[] = ['asyncio', 'green', 'thread', 'process']

/**
 * Reads the options of `@Job(options)` or `defineJob(options, run)`.
 *
 * @param argument - the options; undefined for `@Job()`
 * @returns the options, defaults where a value is wrong; problems with them are recorded
 */
export function readOptions(context: SourceContext, argument: ts.Expression | undefined): OptionsSource {
  const members: Members = new Map()
  if (argument) collect(context, argument, members)
  const name = checkedLiteral(
    context,
    members,
    'name',
    (value) => typeof value === 'string' && value !== '',
    'a string',
  )
  const queue = checkedLiteral(context, members, 'defaultQueue', (value) => typeof value === 'string', 'a string')
  const priority = checkedLiteral(
    context,
    members,
    'priority',
    (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 9,
    'a whole number from 0 to 9',
  )
  return {
    name: typeof name === 'string' ? name : null,
    nameNode: members.get('name') ?? null,
    args: members.get('args') ?? null,
    type: members.has('runEvery') || members.has('cron') ? 'periodic' : 'regular',
    concurrency: readConcurrency(context, members),
    options: {
      ...(typeof queue === 'string' && { defaultQueue: queue }),
      ...(typeof priority === 'number' && { priority }),
      ...durationOption(context, members, 'timeout'),
      ...durationOption(context, members, 'expires'),
      ...redactOption(context, members),
    },
  }
}

/** Gathers the members of an object literal, through spreads and constants; later ones win. */
function collect(context: SourceContext, expression: ts.Expression, members: Members): void {
  const { ts, problems } = context
  const node = unwrapExpression(ts, expression)
  if (ts.isObjectLiteralExpression(node)) {
    for (const property of node.properties) collectProperty(context, property, members)
    return
  }
  const initializer = constInitializer(context, node)
  if (initializer) {
    collect(context, initializer, members)
    return
  }
  if (isLeftOut(context, node)) return
  problems.add(
    expression,
    'expected the options to be an object literal, or a constant that is one; write them out here',
  )
}

/** Adds one member of an options object, or the members that it spreads. */
function collectProperty(context: SourceContext, property: ts.ObjectLiteralElementLike, members: Members): void {
  const { ts, problems } = context
  if (ts.isSpreadAssignment(property)) {
    collect(context, property.expression, members)
  } else if (
    ts.isPropertyAssignment(property) &&
    (ts.isIdentifier(property.name) || ts.isStringLiteralLike(property.name))
  ) {
    members.set(property.name.text, property.initializer)
  } else if (ts.isShorthandPropertyAssignment(property)) {
    members.set(property.name.text, property.name)
  } else if (ts.isComputedPropertyName(property.name)) {
    problems.add(property, 'expected the options to have plain member names; write them out')
  }
}

/** @returns the value of an option; undefined, and a problem recorded, where it is not a literal that fits */
function checkedLiteral(
  context: SourceContext,
  members: Members,
  option: string,
  fits: (value: Literal) => boolean,
  expected: string,
): Literal | undefined {
  const expression = members.get(option)
  if (!expression || isUndefined(context, expression) || isLeftOut(context, expression)) return undefined
  const value = literalValue(context, expression)
  if (value !== undefined && fits(value)) return value
  const got = value === undefined ? 'what is only known at run time' : JSON.stringify(value)
  context.problems.add(expression, `expected option ${option} to be ${expected}, got ${got}; write it as a literal`)
  return undefined
}

/** @returns whether an expression is the word `undefined` */
function isUndefined({ ts }: SourceContext, expression: ts.Expression): boolean {
  return ts.isIdentifier(expression) && expression.text === 'undefined'
}

/** @returns the mode that the option `concurrency` names; `asyncio` where it is absent or wrong */
function readConcurrency(context: SourceContext, members: Members): ConcurrencyName {
  const value = checkedLiteral(
    context,
    members,
    'concurrency',
    (given) =>
      typeof given === 'string'
        ? MODES.includes(given)
        : Number.isInteger(given) && Number(given) >= 1 && Number(given) <= 4,
    "a constant such as THREAD_IO, or 'asyncio', 'green', 'thread' or 'process'",
  )
  if (value === undefined) return 'asyncio'
  return typeof value === 'string' ? (value as ConcurrencyName) : concurrencyName(value as Concurrency)
}

/**
 * Reads a duration. Workers take it from the job's code, so the manifest may lack one that is computed at run time.
 *
 * @returns an object with the option, or an empty one
 */
function durationOption(
  context: SourceContext,
  members: Members,
  option: 'timeout' | 'expires',
): Record<string, string | number> {
  const expression = members.get(option)
  const value = expression ? literalValue(context, expression) : undefined
  return typeof value === 'string' || typeof value === 'number' ? { [option]: value } : {}
}

/** The names of the members that operators do not see. */
function redactOption(context: SourceContext, members: Members): { readonly redact?: readonly string[] } {
  const expression = members.get('redact')
  if (!expression || isUndefined(context, expression) || isLeftOut(context, expression)) return {}
  const { ts, problems } = context
  const list = unwrapExpression(ts, constInitializer(context, expression) ?? expression)
  const values = ts.isArrayLiteralExpression(list) ? list.elements.map((each) => literalValue(context, each)) : []
  const names = values.filter((value) => typeof value === 'string')
  if (ts.isArrayLiteralExpression(list) && names.length === values.length) return { redact: names }
  problems.add(expression, 'expected option redact to be a list of strings; write it as a literal')
  return {}
}
