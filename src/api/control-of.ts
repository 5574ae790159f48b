import type { Control } from '../operate/control.js'
import { createControl } from '../operate/control.js'
import type { ApiParts } from './api-parts.js'
import { controlParts } from './api.js'

/** The control of an app without its api. @param hidden - members of payloads that it hides besides those that the app hides */
export function controlOf(parts: ApiParts, hidden: readonly string[] = []): Control {
  const made = controlParts(parts)
  return createControl({ ...made, redaction: made.redaction.with(hidden) })
}
