/**
 * A producer or a worker of a peer, in a process of its own: `node peer-process.mjs <peer> <role>`. It does what the parent
 * asks for, one thing at a time, and answers with the result and the CPU time that it took, seconds.
 */
import { producing } from './producing.mjs'
import { working } from './working.mjs'

const [, , peer, role] = process.argv
const adapter = await import(`../peers/${peer}.mjs`)

/** What the parent can ask for, once it has asked for `open`. */
let acts = {}

async function open(settings) {
  if (role === 'producer') {
    acts = producing(await adapter.producer(settings))
    return
  }
  const { onStarted, acts: answers } = working(settings)
  acts = answers
  await adapter.worker({ ...settings, onStarted })
}

process.on('message', async ({ act, options }) => {
  const before = process.cpuUsage()
  try {
    const result = act === 'open' ? await open(options) : await acts[act](options ?? {})
    const { user, system } = process.cpuUsage(before)
    process.send({ result, cpu: (user + system) / 1e6 })
  } catch (error) {
    process.send({ error: error?.stack ?? String(error) })
  }
})
process.on('disconnect', () => process.exit())
process.send({})
