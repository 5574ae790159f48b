/** An HTTP request that wants a task queued, as {@link Manager.taskRequestParameters} sees it. */
export interface RpcRequest {
  /** Name of the job. */
  readonly jobname: string
  /** With the `authorization` header, if there is one: keep it out of what you return. */
  readonly headers: Headers
  /** IP address of the other end of the connection, which may be a proxy; null when it is gone. */
  readonly remoteAddress: string | null
}
