/** What a word can become. */
export interface Candidate {
  readonly text: string
  /** What it means, for shells that show it; empty: nothing. */
  readonly about: string
}

/** What a word can become: one of these, or the name of any file. */
export type Candidates = readonly Candidate[] | 'files'
