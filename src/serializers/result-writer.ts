import type { Encoded } from '../model/encoded.js'
import { isPlainJson } from './inspect-value.js'
import { isJsonSerializer } from './json-serializer.js'
import type { Serializer } from './serializer.js'
import { encodeReport } from './task-codec.js'

/**
 * Writes the reports of runs that have succeeded. Nearly all results are plain JSON: then the text is put together from parts that are
 * known, which takes a third of the time. The names of the worker and its node are not in it: the header's worker id tells them.
 */
export class ResultWriter {
  readonly #writesJson: boolean

  constructor(private readonly serializer: Serializer) {
    this.#writesJson = isJsonSerializer(serializer)
  }

  /** @param after - ms from the claim to the begin of the run @throws {@link SerializationError} for a result that cannot be carried */
  write(result: unknown, after: number): Encoded {
    if (!this.#writesJson || !isPlainJson(result)) return encodeReport(this.serializer, { result, startedAfter: after })
    const written = typeof result === 'number' ? String(result) : JSON.stringify(result)
    return `{"r":${written},"a":${String(after)}}`
  }
}
