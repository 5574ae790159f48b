export { InjectApi, InjectClient } from './nestjs/inject.js'
export { PulsarModule } from './nestjs/pulsar-module.js'
export type { PulsarDashboardOptions } from './nestjs/dashboard-controller.js'
export type { PulsarModuleAsyncOptions, PulsarModuleOptions, PulsarModuleStructure } from './nestjs/pulsar-module.js'
