import { relative } from 'node:path'
import type ts from 'typescript'
import { CodegenError } from '../../errors.js'

/**
 * Gathers the problems of one run of the generator, so that all of them are reported at once. Part of a
 * `SourceContext`.
 */
export class Problems {
  readonly #byMessage = new Map<string, CodegenError>()

  constructor(
    /** Directory that the paths in messages count from. */
    private readonly directory: string,
  ) {}

  /** Records a problem at the place where `node` begins. */
  add(node: ts.Node, reason: string): void {
    const file = node.getSourceFile()
    this.addAtPosition(file, node.getStart(file), reason)
  }

  /** Records a problem at a position of a file. */
  addAtPosition(file: ts.SourceFile, position: number, reason: string): void {
    const { line, character } = file.getLineAndCharacterOfPosition(position)
    const error = new CodegenError(this.displayPath(file.fileName), line + 1, character + 1, reason)
    this.#byMessage.set(error.message, error)
  }

  /** @returns a path as messages show it */
  displayPath(path: string): string {
    return relative(this.directory, path)
  }

  /** @returns the problems by file, then by position */
  all(): readonly CodegenError[] {
    return [...this.#byMessage.values()].sort((a, b) =>
      a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column,
    )
  }
}
