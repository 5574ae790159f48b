/** Sends mail. The real one talks to a server; tests bind a fake. */
export abstract class Mailer {
  abstract send(to: string, text: string): Promise<void>
}
