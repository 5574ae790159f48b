import { IsNotEmpty, IsString } from 'class-validator'

/** Arguments of `execute.node.script` and `execute.python.script`. */
export class Script {
  /** Path of the program. A relative one counts from the directory that the settings' paths count from. */
  declare script: string
}
IsString()(Script.prototype, 'script')
IsNotEmpty()(Script.prototype, 'script')
