import { Argument } from 'commander'

/** An argument that is one of some words, or absent. The command checks it; shells complete it. */
export function wordArgument(name: string, about: string, words: readonly string[]): Argument {
  const argument = new Argument(`[${name}]`, about)
  argument.argChoices = [...words]
  return argument
}
