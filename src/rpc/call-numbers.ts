import { JSON_TOKENS, isLostNumber } from '../util/json-numbers.js'

/** The numbers of one call that JavaScript does not keep. */
export interface CallNumbers {
  /** Its id, where a number would round it: other callers number their calls with 64 bits. Null: a number or a string holds it. */
  id: bigint | null
  /** The first such number elsewhere in the call; null: there is none. */
  lost: string | null
}

/**
 * Finds the numbers of calls that JavaScript does not keep, in the text of a request.
 *
 * @param text - JSON that was parsed already: one call, or a batch
 * @returns one entry for each call
 */
export function callNumbers(text: string): readonly CallNumbers[] {
  let call: CallNumbers = { id: null, lost: null }
  const calls = [call]
  let [depth, callDepth, key] = [0, 0, '']
  let isValue = false
  for (const [token] of text.matchAll(JSON_TOKENS)) {
    if (callDepth === 0) callDepth = token === '[' ? 2 : 1
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    else if (token === ',') {
      isValue = false
      if (depth === 1 && callDepth === 2) calls.push((call = { id: null, lost: null }))
    } else if (depth === callDepth && token === ':') isValue = true
    else if (depth === callDepth && !isValue) key = token
    else if (depth === callDepth && key === '"id"') call.id = bigId(token)
    else if (isLostNumber(token)) call.lost ??= token
    if (depth > callDepth) isValue = false
  }
  return calls
}

function bigId(token: string): bigint | null {
  return /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? BigInt(token) : null
}
