/** The name of a service: its class, which may be abstract. */
export type Token<T = unknown> = abstract new (...args: never[]) => T

/** A class that a container can build. */
export type Constructor<T> = new (...args: never[]) => T

/** The source of a service. */
export type Provider<T> =
  /** Built on first use, once, with its constructor's parameters injected. */
  | { readonly useClass: Constructor<T> }
  | { readonly useValue: T }
  /** Called on first use, once. */
  | { readonly useFactory: (container: Container) => T }

/** The container of an app, as the application uses it: binds a service to a token, and resolves it. */
export interface Container {
  /**
   * Binds a service to a token, in place of the one before.
   *
   * @throws {@link AlreadyStartedError} after the app's start
   */
  register<T>(token: Token<T>, provider: Provider<T>): this

  /**
   * The service that is bound to a token. A class that is not bound is built anew.
   *
   * @throws {@link InjectionError} when the service cannot be built
   */
  resolve<T>(token: Token<T>): T

  /** Whether the token is bound. */
  isRegistered(token: Token): boolean
}

/** Services of one instance alone, by token. */
export interface OwnServices {
  get(token: Token): object | undefined
}

/** The container, as the app itself uses it. */
export interface JobContainer extends Container {
  /** The tokens that were bound by `register()`. */
  readonly bound: readonly Token[]

  /** Refuses further bindings. */
  seal(): void

  /** Forgets the services that were built, so that the next use of a binding builds anew. Bound values stay what they are. */
  forget(): void

  /**
   * Builds a job class anew.
   *
   * @param inject - tokens of the constructor's parameters, where there is no decorator metadata
   * @param own - services of this instance alone; undefined: it has none
   * @throws {@link InjectionError}
   */
  build<T extends object>(target: Constructor<T>, inject: readonly unknown[] | undefined, own?: OwnServices): T
}
