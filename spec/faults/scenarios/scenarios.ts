import { DISK_SCENARIOS } from './disk-scenarios.js'
import { LINK_SCENARIOS } from './link-scenarios.js'
import { FAILOVER_SCENARIOS } from './failover-scenarios.js'
import type { Scenario } from './scenario.js'
import { SERVER_SCENARIOS } from './server-scenarios.js'
import { TASK_SCENARIOS } from './task-scenarios.js'
import { WORKER_SCENARIOS } from './worker-scenarios.js'

/** The table of faults. */
export const SCENARIOS: readonly Scenario[] = [
  ...WORKER_SCENARIOS,
  ...LINK_SCENARIOS,
  ...SERVER_SCENARIOS,
  ...FAILOVER_SCENARIOS,
  ...TASK_SCENARIOS,
  ...DISK_SCENARIOS,
]
