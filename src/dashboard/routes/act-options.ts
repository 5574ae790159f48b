import type { ActOptions } from '../../operate/acts.js'
import type { RouteContext } from './route.js'
import { optionalText } from './route.js'

/** Who acts, and why. */
export function actOptions({ visitor, body }: Pick<RouteContext, 'visitor' | 'body'>): ActOptions {
  const reason = optionalText(body, 'reason')
  return { by: visitor.user, from: 'dashboard', ...(reason !== undefined && { reason }) }
}
