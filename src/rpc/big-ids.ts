const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/gs

/**
 * Finds the ids of calls that a number of JavaScript would round, in the text of a request. Only JavaScript has so few
 * digits: other callers number their calls with 64 bits.
 *
 * @param text - JSON that was parsed already: one call, or a batch
 * @returns one entry for each call: its id; null where a number or a string holds it
 */
export function bigIds(text: string): readonly (bigint | null)[] {
  const ids: (bigint | null)[] = [null]
  let [depth, callDepth, key] = [0, 0, '']
  let isValue = false
  for (const [token] of text.matchAll(TOKENS)) {
    if (callDepth === 0) callDepth = token === '[' ? 2 : 1
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    else if (token === ',') {
      isValue = false
      if (depth === 1 && callDepth === 2) ids.push(null)
    } else if (depth === callDepth && token === ':') isValue = true
    else if (depth === callDepth && !isValue) key = token
    else if (depth === callDepth && key === '"id"') ids[ids.length - 1] = bigId(token)
    if (depth > callDepth) isValue = false
  }
  return ids
}

function bigId(token: string): bigint | null {
  return /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? BigInt(token) : null
}
