import { IsNotEmpty, IsString } from 'class-validator'

/** Arguments of `execute.node` and `execute.python`. */
export class Code {
  /** The program. */
  declare code: string
}
// Called, not written with an @: the package itself is compiled without decorators.
IsString()(Code.prototype, 'code')
IsNotEmpty()(Code.prototype, 'code')
