import { InvalidSettingError, described } from '../../errors.js'
import type { Manifest } from '../../model/manifest.js'

const VERSION: Manifest['version'] = 1

/**
 * Refuses a manifest whose layout is that of another version of `pq generate`.
 *
 * @param source - where the manifest came from, for the error
 * @throws {@link InvalidSettingError}
 */
export function checkManifest(manifest: object, source: string): Manifest {
  const { version } = manifest as { readonly version?: unknown }
  if (version === VERSION) return manifest as Manifest
  const expected = `one of layout version ${String(VERSION)}`
  const received = `one of version ${described(version)}`
  throw new InvalidSettingError('manifest', expected, received, source, 'run `pq generate` of this pulsar-queue')
}
