import 'reflect-metadata'

export { createTestApp, TestApp } from './testing/test-app.js'
export type { DrainOptions, TestAppOptions } from './testing/test-app.js'
export { TestClock } from './testing/test-clock.js'
