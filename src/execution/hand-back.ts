/** Thrown by a runner that could not run the task through no fault of the task: it goes back, and no run counts. */
export class HandBack extends Error {
  constructor(
    message: string,
    /** ms until it is due again. */
    readonly delay = 0,
  ) {
    super(message)
  }
}
