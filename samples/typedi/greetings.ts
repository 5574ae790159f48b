import { Service } from 'typedi'

/** A service of the application: TypeDI makes one, and every job gets that. */
@Service()
export class Greetings {
  readonly #words: Readonly<Record<string, string>> = { en: 'Hello', it: 'Ciao', de: 'Hallo' }

  word(language: string): string {
    return this.#words[language] ?? 'Hello'
  }
}
