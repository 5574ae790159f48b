import type { HeldPermit } from '../../permit-store.js'
import type { EmbeddedPermitSession } from './embedded-permit-session.js'

/** A file forgets no permit: one that is gone has expired. */
export async function restore(
  _session: EmbeddedPermitSession,
  _name: string,
  _permit: HeldPermit,
  _ttl: number,
): Promise<boolean> {
  return await Promise.resolve(false)
}
