import type { ProblemControl } from '../../operate/problems.js'
import { actOptions } from './act-options.js'
import type { Route } from './route.js'
import { textOf } from './route.js'

const BODY = ['queue', 'reason'] as const

/** The routes of failures grouped by their cause. */
export const problemRoutes: readonly Route[] = [
  {
    method: 'GET',
    pattern: 'problems',
    needs: 'view',
    answer: async ({ control }) => ({ rows: await control.problems() }),
  },
  { method: 'POST', pattern: 'problems/:id/resolve', needs: 'act', body: BODY, answer: marks('resolve') },
  { method: 'POST', pattern: 'problems/:id/mute', needs: 'act', body: BODY, answer: marks('mute') },
  { method: 'POST', pattern: 'problems/:id/reopen', needs: 'act', body: BODY, answer: marks('reopen') },
]

function marks(act: keyof ProblemControl): Route['answer'] {
  return async (context) => {
    const queue = textOf(context.body, 'queue')
    await context.control.mark(act, context.path['id'] ?? '', queue, actOptions(context))
    return {}
  }
}
