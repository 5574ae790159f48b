import type { TaskLink, TaskSummary } from '../operate/looks.js'
import type { DashboardAuth } from './auth/dashboard-auth.js'

/** Options of `app.dashboard()`. */
export interface DashboardOptions {
  /** Who may look. Default: this machine alone. */
  readonly auth?: DashboardAuth | undefined
  /** Whether nobody can change anything. Default: false. */
  readonly readOnly?: boolean | undefined
  /** Title of the page. Default: `pulsar-queue`. */
  readonly title?: string | undefined
  /** Name of the environment, shown beside the title. `production` is shown in red. Default: none. */
  readonly environment?: string | undefined
  /** Links that a task's page shows, such as to its logs elsewhere. Default: none. */
  readonly links?: ((task: TaskSummary) => readonly TaskLink[]) | undefined
  /**
   * Members of arguments, results and metadata that this dashboard does not show, beside those of the setting and of the job option `redact`:
   * `['password', 'card.*']`. Their values are hidden in errors, stacks and logs, too, and no filter matches them. Default: none.
   */
  readonly redact?: readonly string[] | undefined
}
