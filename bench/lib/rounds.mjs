import { startStore } from './store.mjs'

/**
 * Measures each case once a round, each on a fresh store, in turn: what the machine does meanwhile meets all of them. Says on
 * stderr how far it is.
 *
 * @param cases - `name`; `kind` and `options` of the store; `measure`, which gets the store
 * @returns `results`: for each case what its rounds gave, without those that gave null; `failures`: a text for each case
 *   that threw; `redis`: the server's version
 */
export async function inRounds(rounds, cases) {
  const results = cases.map(() => [])
  const failed = new Map()
  let redis = ''
  for (let round = 1; round <= rounds; round++) {
    for (const [i, { name, kind, options, measure }] of cases.entries()) {
      const label = `${round}/${rounds}  ${name}`
      let store
      try {
        store = await startStore(kind, options)
        redis = store.version ?? redis
        const measured = await measure(store)
        if (measured !== null) results[i].push(rounded(measured))
        console.error(`${label}: ${measured === null ? 'no such call' : shown(measured)}`)
      } catch (error) {
        const [message] = error.message.split('\n')
        failed.set(name, { message, times: (failed.get(name)?.times ?? 0) + 1 })
        console.error(`${label}: FAILED: ${error.message}`)
        process.exitCode = 1
      } finally {
        await store?.stop()
      }
    }
  }
  const failures = [...failed].map(
    ([name, { message, times }]) => `${name}: failed in ${times} of ${rounds} rounds: ${message}`,
  )
  return { results, failures, redis }
}

/** Five digits of each number: the others are noise. */
function rounded(measured) {
  const round = (value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value)
  const each = (object) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, round(value)]))
  return Array.isArray(measured) ? measured.map(each) : each(measured)
}

function shown(measured) {
  const last = Array.isArray(measured) ? measured.at(-1) : measured
  return Object.entries(last)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(3)) : value}`)
    .join(', ')
}
