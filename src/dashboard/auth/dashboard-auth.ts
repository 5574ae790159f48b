import type { DashboardVisitor } from './visitor.js'

/**
 * Who may look, in one of three ways. Without any, only this machine may.
 *
 * - `token`: whoever has it is an admin. With `viewerToken`, whoever has that one looks only
 * - `basic`: users with the hashes of their passwords, as `pq dashboard --hash-password` prints them; all are admins
 * - `authorize`: asked with each request; null refuses
 */
export type DashboardAuth =
  | { readonly token: string; readonly viewerToken?: string | undefined }
  | { readonly basic: Readonly<Record<string, string>> }
  | {
      readonly authorize: (
        request: Request,
      ) => DashboardVisitor | null | undefined | Promise<DashboardVisitor | null | undefined>
    }
