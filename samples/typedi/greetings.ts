import { Service } from 'typedi'

/** A service of the application. TypeDI makes one instance, which every job gets. */
@Service()
export class Greetings {
  readonly #words: Readonly<Record<string, string>> = { en: 'Hello', it: 'Ciao', de: 'Hallo' }

  word(language: string): string {
    return this.#words[language] ?? 'Hello'
  }
}
