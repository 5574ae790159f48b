/** Stands for `hono/ws`, whose types need those of browsers. Nothing here opens a web socket. */
export type UpgradeWebSocket<Socket = unknown, Options = unknown> = (socket: Socket, options: Options) => unknown
