import type { Results } from '../../spec/faults/soak/write-figures.js'

/** The table of faults of docs/reliability.md. @returns lines of Markdown */
export function faultTable(results: Results): readonly string[]
