/** What the jobs send mail with: the real one talks to a server, a test binds another. */
export abstract class Mailer {
  abstract send(to: string, text: string): Promise<void>
}
