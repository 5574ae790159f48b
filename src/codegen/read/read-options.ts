import type ts from 'typescript'
import type { Concurrency, ConcurrencyName } from '../../model/concurrency.js'
import { concurrencyName } from '../../model/concurrency.js'
import { isConst } from './is-const.js'
import type { Literal } from './literal-of.js'
import { literalOf } from './literal-of.js'
import type { JobSource } from './job-source.js'
import type { Reading } from './reading.js'
import { unwrapped } from './unwrapped.js'

/** What the generator needs of a job's options. */
export interface OptionsSource extends Pick<JobSource, 'type' | 'concurrency' | 'options'> {
  readonly name: string | null
  readonly nameNode: ts.Node | null
  /** The class that the option `args` names. */
  readonly args: ts.Expression | null
}

type Members = Map<string, ts.Expression>

const MODES: readonly string[] = ['asyncio', 'green', 'thread', 'process']

/** Reads the options of `@Job(options)` or `defineJob(options, run)`. */
export function readOptions(reading: Reading, argument: ts.Expression | undefined): OptionsSource {
  const members: Members = new Map()
  if (argument) collect(reading, argument, members)
  const name = required(reading, members, 'name', (value) => typeof value === 'string' && value !== '', 'a string')
  const queue = required(reading, members, 'defaultQueue', (value) => typeof value === 'string', 'a string')
  const priority = required(
    reading,
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
    concurrency: readConcurrency(reading, members),
    options: {
      ...(typeof queue === 'string' && { defaultQueue: queue }),
      ...(typeof priority === 'number' && { priority }),
      ...duration(reading, members, 'timeout'),
      ...duration(reading, members, 'expires'),
    },
  }
}

/** Gathers the members of an object literal, through spreads and constants; later ones win. */
function collect(reading: Reading, expression: ts.Expression, members: Members): void {
  const { ts, problems } = reading
  const node = unwrapped(ts, expression)
  if (ts.isObjectLiteralExpression(node)) {
    for (const property of node.properties) collectProperty(reading, property, members)
    return
  }
  const declaration = reading.own.resolve(node)?.valueDeclaration
  if (declaration && ts.isVariableDeclaration(declaration) && declaration.initializer && isConst(ts, declaration)) {
    collect(reading, declaration.initializer, members)
    return
  }
  problems.add(
    expression,
    'expected the options to be an object literal, or a constant that is one; write them out here',
  )
}

function collectProperty(reading: Reading, property: ts.ObjectLiteralElementLike, members: Members): void {
  const { ts, problems } = reading
  if (ts.isSpreadAssignment(property)) {
    collect(reading, property.expression, members)
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

function required(
  reading: Reading,
  members: Members,
  option: string,
  fits: (value: Literal) => boolean,
  expected: string,
): Literal | undefined {
  const expression = members.get(option)
  if (!expression || isUndefined(reading, expression)) return undefined
  const value = literalOf(reading, expression)
  if (value !== undefined && fits(value)) return value
  const got = value === undefined ? 'what is only known at run time' : JSON.stringify(value)
  reading.problems.add(expression, `expected option ${option} to be ${expected}, got ${got}; write it as a literal`)
  return undefined
}

function isUndefined({ ts }: Reading, expression: ts.Expression): boolean {
  return ts.isIdentifier(expression) && expression.text === 'undefined'
}

function readConcurrency(reading: Reading, members: Members): ConcurrencyName {
  const value = required(
    reading,
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

/** Workers have these from the code: where the source does not tell, the manifest need not. */
function duration(reading: Reading, members: Members, option: 'timeout' | 'expires'): Record<string, string | number> {
  const expression = members.get(option)
  const value = expression ? literalOf(reading, expression) : undefined
  return typeof value === 'string' || typeof value === 'number' ? { [option]: value } : {}
}
