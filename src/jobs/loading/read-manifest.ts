import type { Expression, Property, SpreadElement } from 'acorn'
import { parseExpressionAt } from 'acorn'
import type { Manifest } from '../../model/manifest.js'

/** The start of the manifest in a generated file. The compiled file may have it as `exports.manifest = {`. */
const START = /\bmanifest\b(?:\s*:\s*\w+)?\s*=\s*(?=\{)/g

/**
 * Reads the manifest from the text of a generated file. The file is not imported: a test runner or a worker thread may be
 * unable to do so, and the import would also load the code of the client.
 *
 * @param text - TypeScript that `pq generate` wrote, or JavaScript compiled from it
 * @returns null where the text has no manifest, or one that is not plain data
 */
export function readManifest(text: string): Manifest | null {
  for (const { index, 0: match } of text.matchAll(START)) {
    try {
      const value = dataOf(parseExpressionAt(text, index + match.length, { ecmaVersion: 'latest' }))
      if (typeof value === 'object' && value !== null && 'jobs' in value) return value as Manifest
    } catch {
      continue
    }
  }
  return null
}

/** @returns the value of a literal. @throws for an expression that is not plain data */
function dataOf(node: Expression): unknown {
  switch (node.type) {
    case 'Literal':
      return node.value
    case 'ArrayExpression':
      return node.elements.map((item) => {
        if (item === null || item.type === 'SpreadElement') throw new TypeError('no plain list')
        return dataOf(item)
      })
    case 'ObjectExpression':
      return Object.fromEntries(node.properties.map(memberOf))
    case 'UnaryExpression': {
      // Minifiers write `true` as `!0`.
      const value = dataOf(node.argument)
      if (node.operator === '!') return !value
      if (node.operator === '-') return -Number(value)
      throw new TypeError('no plain data')
    }
    case 'TemplateLiteral':
      if (node.expressions.length === 0) return node.quasis[0]?.value.cooked
      throw new TypeError('no plain text')
    default:
      throw new TypeError('no plain data')
  }
}

function memberOf(member: Property | SpreadElement): [name: string, value: unknown] {
  if (member.type === 'SpreadElement' || member.computed) throw new TypeError('no plain member')
  const { key } = member
  if (key.type === 'Identifier') return [key.name, dataOf(member.value)]
  return [String(key.type === 'Literal' ? key.value : ''), dataOf(member.value)]
}
