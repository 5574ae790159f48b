import type fc from 'fast-check'
import type { Model, World } from './world.js'

export type ModelCommand = fc.AsyncCommand<Model, World>

/** Some that a careless store trips over. */
export const IDS = [
  'a',
  'b',
  'c',
  'd',
  'e',
  'f',
  '__proto__',
  'constructor',
  'x:1',
  'a b',
  'ü{1}',
  "o'brien",
  '-1',
  '%s"\\',
]

export function command(
  text: string,
  run: (model: Model, world: World) => Promise<unknown>,
  check: (model: Model) => boolean = () => true,
): ModelCommand {
  return {
    check,
    toString: () => text,
    async run(model, world) {
      world.history.push(text)
      await run(model, world)
    },
  }
}
