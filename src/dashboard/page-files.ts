/** The files of the page in the browser. */
export interface PageFiles {
  /** Name of the script that the page starts with. */
  readonly entry: string
  /** Name of the style sheet. */
  readonly style: string
  /** Texts of all files, by name. Names contain a hash of the text. */
  readonly files: Readonly<Record<string, string>>
}

/** The build bundles `ui/`, and replaces this module. */
export const pageFiles: PageFiles = { entry: '', style: '', files: {} }
