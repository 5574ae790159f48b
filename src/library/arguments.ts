import { IsNotEmpty, IsString } from 'class-validator'

// The decorators are called, not written with an @: the package itself is compiled without decorators.

/** Arguments of `execute.node` and `execute.python`. */
export class Code {
  /** The program, as text. */
  declare code: string
}
IsString()(Code.prototype, 'code')
IsNotEmpty()(Code.prototype, 'code')

/** Arguments of `execute.node.script` and `execute.python.script`. */
export class Script {
  /** Path of the program. A relative one counts from the directory that paths in the settings count from. */
  declare script: string
}
IsString()(Script.prototype, 'script')
IsNotEmpty()(Script.prototype, 'script')
