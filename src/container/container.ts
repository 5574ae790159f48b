/** What names a service: its class, which may be abstract. */
export type Token<T = unknown> = abstract new (...args: never[]) => T

/** A class that a container can build. */
export type Constructor<T> = new (...args: never[]) => T

/** Where a service comes from. */
export type Provider<T> =
  /** Built on first use, once, with its constructor's parameters injected. */
  | { readonly useClass: Constructor<T> }
  | { readonly useValue: T }
  /** Called on first use, once. */
  | { readonly useFactory: (container: Container) => T }

/** The face of an app's container: bind a token, and get what is bound to it. */
export interface Container {
  /**
   * Binds a token, in place of what it was bound to.
   *
   * @throws {@link AlreadyStartedError} after the app's start
   */
  register<T>(token: Token<T>, provider: Provider<T>): this

  /**
   * What is bound to a token; a class that is bound to nothing is built anew.
   *
   * @throws {@link InjectionError} for what cannot be built
   */
  resolve<T>(token: Token<T>): T

  /** Whether the token is bound. */
  isRegistered(token: Token): boolean
}

/** What the app itself needs of a container besides. */
export interface JobContainer extends Container {
  /** What was bound through this face so far. */
  readonly bound: readonly Token[]

  /** Refuses further bindings. */
  seal(): void

  /** Forgets the services that were built, so that the next use of a binding builds anew. Bound values stay what they are. */
  forget(): void

  /**
   * Builds a job class anew.
   *
   * @param inject - what its constructor gets, where decorator metadata does not tell
   * @param bindings - what only this instance gets, by token
   * @throws {@link InjectionError}
   */
  build<T extends object>(
    target: Constructor<T>,
    inject: readonly unknown[] | undefined,
    bindings: ReadonlyMap<Token, object>,
  ): T
}
