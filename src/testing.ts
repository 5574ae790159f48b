import 'reflect-metadata'

export type { Clock } from './util/clock.js'

export { createTestApp } from './testing/test-app.js'
export type { DrainOptions, TestApp, TestAppOptions } from './testing/test-app.js'
export type { TestClock } from './testing/test-clock.js'
export { runJob } from './testing/run-job.js'
export type { FakeHttp, RunJobOptions } from './testing/run-job-options.js'
export type { FetchedCall, JobRun, QueuedCall, ShellCall } from './testing/job-run.js'
export type { LockedCall } from './testing/fake-locks.js'
export type { LoggedLine } from './testing/recording-logger.js'
