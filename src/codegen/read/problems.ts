import { relative } from 'node:path'
import type ts from 'typescript'
import { CodegenError } from '../../errors.js'

/**
 * What is wrong with the jobs of one run of the generator: gathered, so that all of it is told at once. Made by
 * `generateClient`.
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
    this.addAt(file, node.getStart(file), reason)
  }

  addAt(file: ts.SourceFile, position: number, reason: string): void {
    const { line, character } = file.getLineAndCharacterOfPosition(position)
    const error = new CodegenError(this.shown(file.fileName), line + 1, character + 1, reason)
    this.#byMessage.set(error.message, error)
  }

  /** A path as messages have it. */
  shown(path: string): string {
    return relative(this.directory, path)
  }

  /** By file, then by place. */
  all(): readonly CodegenError[] {
    return [...this.#byMessage.values()].sort((a, b) =>
      a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column,
    )
  }
}
