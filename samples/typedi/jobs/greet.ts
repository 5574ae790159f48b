import { BaseJob, Job } from 'pulsar-queue'
import { Greetings } from '../greetings.js'

/** Greets in a language that the service knows. */
@Job()
export class Greet extends BaseJob {
  constructor(private readonly greetings: Greetings) {
    super()
  }

  run(name: string, language = 'en') {
    return `${this.greetings.word(language)}, ${name}`
  }
}
