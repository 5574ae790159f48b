/**
 * The consumers of an application, by name, as members of its api. Add yours:
 *
 * ```ts
 * declare module 'pulsar-queue' {
 *   interface Consumers {
 *     tweets: Tweets
 *   }
 * }
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- applications add to it
export interface Consumers {}
