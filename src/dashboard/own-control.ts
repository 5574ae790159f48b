import type { ApiParts } from '../api/api-parts.js'
import { apiParts } from '../api/api-parts.js'
import type { Api } from '../api/api.js'
import { controlOf } from '../api/control-of.js'
import type { Control } from '../operate/control.js'

/** The control of one dashboard, which may hide more than that of its api. Created with the dashboard. */
export class OwnControl {
  #made: { readonly of: ApiParts; readonly control: Control } | null = null

  /** @param hidden - members of payloads that this dashboard hides besides */
  constructor(private readonly hidden: readonly string[]) {}

  of(api: Api): Control {
    if (this.hidden.length === 0) return api.control
    const parts = apiParts(api)
    if (this.#made?.of !== parts) this.#made = { of: parts, control: controlOf(parts, this.hidden) }
    return this.#made.control
  }
}
