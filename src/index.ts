import 'reflect-metadata'

// Generated files and applications add members to these interfaces. TypeScript merges that into what a star exports.
export * from './jobs/define/job-map.js'
export * from './api/message-types.js'
export * from './consumers/consumers.js'

export { PulsarQueue } from './app/pulsar-queue.js'
export type { ManagerClass } from './app/pulsar-queue.js'
export { Api } from './api/api.js'
export type { ApiBroker } from './api/api-broker.js'
export type { Info } from './model/info.js'
export type { Control } from './operate/control.js'
export type * from './operate/acts.js'
export type * from './operate/looks.js'
export type { FollowOptions } from './operate/follow-logs.js'
export type * from './operate/searches.js'
export type { ProblemControl, ProblemOptions, ProblemQuery } from './operate/problems.js'
export type { ScheduleOptions } from './operate/run-schedule.js'
export type { WorkerControl } from './operate/worker-control.js'
export type { OrderedLogLevel } from './model/worker-order.js'
export type { Comparison, FilterValue, OneOrMore, TaskFilter } from './operate/filter/task-filter.js'
export type { MessageOptions } from './api/queue-message.js'
export type { EventCallback, EventPattern } from './api/event-callbacks.js'
export { defineConfig } from './settings/define-config.js'
export type { PulsarQueueOptions, PulsarQueueSettings } from './settings/options.js'

export { Job } from './jobs/define/job.js'
export { Args } from './jobs/define/args.js'
export { BaseJob } from './jobs/define/base-job.js'
export { Lock } from './locks/lock.js'
export type { LockOptions } from './locks/locks.js'
export { PeriodicJob } from './scheduler/periodic-job.js'
export { defineJob } from './jobs/define/define-job.js'
export { JobContext } from './jobs/define/job-context.js'
export type { JobBackend, JobTasks, TaskLooks } from './jobs/define/job-backend.js'
export type { JobQueueOptions } from './jobs/define/job-context.js'
export type { JobCatalogue, JobDescription } from './jobs/loading/job-catalogue.js'
export type { JobListEntry } from './jobs/loading/job-list.js'
export type {
  AnyJob,
  ArgsObject,
  ArgsTuple,
  DefinedJob,
  JobClass,
  JobFunction,
  JobTargetClass,
  ResultOf,
  ResultOfRun,
  RunOf,
} from './jobs/define/job-types.js'

export type {
  ArgsByName,
  ArgsOfJob,
  ExecuteOptions,
  ProducerTasks,
  Rest,
  ResultByName,
  Tasks,
} from './producer/tasks.js'
export { TaskFuture } from './model/task-future.js'
export type { QueuedTask } from './model/task-future.js'
export type { MetaParams, QueueOptions, QueueingOptions } from './model/queue-options.js'

export { Telemetry } from './telemetry/telemetry.js'
export type * from './telemetry/telemetry.js'
export { Broker } from './stores/broker.js'
export type * from './stores/broker.js'
export type { ActPlace } from './model/act-place.js'
export { OperationsStore } from './stores/operations-store.js'
export type * from './stores/operations-store.js'
export type * from './stores/kept-series.js'
export type { RunCounts } from './model/run-counts.js'
export type { StoreAdvice } from './stores/store-advice.js'
export type { StoreHistory } from './stores/store-history.js'
export { registerBroker } from './stores/register-broker.js'
export type { BrokerFactory } from './stores/register-broker.js'
export { PermitStore } from './stores/permit-store.js'
export type {
  AcquireReply,
  HeldPermit,
  PermitAnswer,
  PermitRequest,
  ReleaseReply,
  OfferedPermit,
} from './stores/permit-store.js'
export { PubSub } from './stores/pub-sub.js'
export type { PubSubListener } from './stores/pub-sub.js'
export type { DurabilityName } from './model/durability.js'
export type { Alert, AlertItem, AlertKind } from './model/alert.js'
export type { AlertRule, AlertTarget, CheckedRule, CommandTarget, WebhookTarget } from './model/alert-rules.js'
export type { StoreOptions, TlsOptions } from './model/store-options.js'
export { Serializer } from './serializers/serializer.js'
export { JsonSerializer } from './serializers/json-serializer.js'
export { MsgpackSerializer } from './serializers/msgpack-serializer.js'
export { Manager } from './manager/manager.js'
export type { ManagerBackend } from './manager/manager.js'
export type { RpcRequest } from './manager/manager.js'
export { Logger } from './logging/logger.js'
export { Config } from './model/config.js'

export type { Constructor, Container, Provider, Token } from './container/container.js'
export { fromTypedi } from './container/typedi-container.js'
export type { TypediContainer } from './container/typedi-container.js'
export { injectable as Injectable } from 'tsyringe'

export type { Dashboard } from './dashboard/create-dashboard.js'
export type { DashboardOptions } from './dashboard/options.js'
export type { DashboardAuth } from './dashboard/auth/dashboard-auth.js'
export type { DashboardRole, DashboardVisitor } from './dashboard/auth/visitor.js'
export type { FastifyLike } from './dashboard/mounts.js'

export { Message } from './model/message.js'
export { MessageType } from './model/message-type.js'
export type { MessageClass } from './model/message-registry.js'
export { ConsumerAPI } from './consumers/consumer-api.js'
export type {
  ConsumerBackend,
  ConsumerClass,
  ConsumerLocks,
  ConsumerMethod,
  ConsumerWorker,
} from './consumers/consumer-api.js'
export { ConsumerStatus } from './consumers/consumer-status.js'
export type { ErrorDetails } from './model/error-details.js'
export { Task } from './model/task.js'
export type { DoneCallback, TaskFields, WaitOptions } from './model/task.js'
export type { ProblemReport, ProblemState, StoredProblem } from './model/problem.js'
export type { SchedulePause } from './model/schedule-pause.js'
export type { Attempt, TaskHeader, TaskRecord } from './model/task-record.js'
export {
  EXCEPTION_STATES,
  FAILURE,
  FULL_RUN_STATES,
  QUEUED,
  READY_STATES,
  RETRY,
  REVOKED,
  STARTED,
  SUCCESS,
  statusString,
  TaskState,
  UNREADY_STATES,
} from './model/task-state.js'
export type { FinalState } from './model/task-state.js'
export { ASYNC_IO, Concurrency, CPUBOUND, GREEN_IO, THREAD_IO } from './model/concurrency.js'
export type { ConcurrencyName } from './model/concurrency.js'
export type { Backoff, JobOptions, TimeOfDay } from './model/job-options.js'
export type { Check, JobManifest, Manifest, ParameterManifest } from './model/manifest.js'
export type { Duration } from './model/duration.js'
export type { Encoded } from './model/encoded.js'
export type { Http } from './jobs/http.js'
export type { ShellOptions } from './jobs/shell.js'
export type { Subscription } from './util/subscription.js'

export * from './errors.js'
