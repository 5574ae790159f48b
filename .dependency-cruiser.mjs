/**
 * Imports point down only. Each folder of `src` lists the folders that it may import; what is not listed is an error.
 * A contract never imports its implementations, and only `app` names implementations; so does `testing`, for tests.
 */
const ground = ['^src/util/', '^src/errors([.]ts$|/)']
const model = [...ground, '^src/model/']
const contractFiles = [
  '^src/serializers/serializer[.]ts$',
  '^src/pubsub/pub-sub[.]ts$',
  '^src/brokers/broker[.]ts$',
  // With who waits for a lock and who keeps it, whatever the store.
  '^src/locks/(lock-store|lock|locks|holds|hold-keeper)[.]ts$',
]
// How tasks are put into bytes is above every serializer, and below everything that moves tasks.
const codec = '^src/serializers/task-codec[.]ts$'
const contracts = [...model, ...contractFiles, '^src/jobs/', '^src/container/']
const manager = [...contracts, codec, '^src/manager/']
const consumers = [...manager, '^src/consumers/']
const execution = [...consumers, '^src/execution/']
const producer = [...execution, '^src/producer/']
const worker = [...execution, '^src/worker/']
const scheduler = [...producer, ...worker, '^src/scheduler/', '^src/rpc/']
const everything = ['^src/']

/** Folder or files, and what they may import besides themselves. */
const layers = {
  // Types only: the error of a failed task carries the task, the duration's error is thrown by its parser.
  ground: { from: '^src/(util/|errors[.]ts$|errors/)', to: [...ground, '^src/model/task[.]ts$'] },
  model: { from: '^src/model/', to: model },
  serializers: { from: '^src/serializers/', to: [...model, '^src/serializers/'] },
  pubsub: { from: '^src/pubsub/', to: [...model, ...contractFiles, '^src/pubsub/', '^src/brokers/(redis|embedded)/'] },
  locks: { from: '^src/locks/', to: [...model, ...contractFiles, '^src/brokers/(redis|embedded)/'] },
  brokers: { from: '^src/brokers/', to: [...model, ...contractFiles, '^src/brokers/'] },
  jobs: { from: '^src/jobs/', to: contracts },
  container: { from: '^src/container/', to: [...contracts, '^src/manager/manager[.]ts$'] },
  manager: { from: '^src/manager/', to: manager },
  consumers: { from: '^src/consumers/', to: consumers },
  execution: { from: '^src/execution/', to: execution },
  producer: { from: '^src/producer/', to: producer },
  worker: { from: '^src/worker/', to: worker },
  scheduler: { from: '^src/(scheduler|rpc)/', to: scheduler },
  codegen: { from: '^src/codegen/', to: [...model, '^src/jobs/', '^src/codegen/'] },
  app: { from: '^src/app/', to: [...scheduler, '^src/(serializers|pubsub|locks|brokers|app)/'] },
  testing: { from: '^src/testing/', to: [...scheduler, '^src/(serializers|pubsub|locks|brokers|app|testing)/'] },
  entries: { from: '^src/(client|index|testing)[.]ts$', to: everything },
  library: { from: '^src/library/', to: [...contracts, '^src/library/'] },
  cli: { from: '^src/cli/', to: everything },
}

export default {
  forbidden: [
    {
      name: 'no-cycle',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'contract-names-no-implementation',
      severity: 'error',
      from: { path: contractFiles },
      to: { path: '^src/(serializers|pubsub|locks|brokers)/', pathNot: [...contractFiles, codec] },
    },
    {
      name: 'folder-without-layer',
      comment: 'A new folder of src needs its place in the layers above.',
      severity: 'error',
      from: { path: '^src/', pathNot: Object.values(layers).map((layer) => layer.from) },
      to: {},
    },
    {
      name: 'no-dev-dependency',
      severity: 'error',
      // TypeScript is an optional peer: only the generator reads it, and says so when it is absent.
      from: { path: '^src/', pathNot: '^src/codegen/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...Object.entries(layers).map(([name, { from, to }]) => ({
      name: `imports-of-${name}`,
      severity: 'error',
      from: { path: from },
      to: { path: '^src/', pathNot: to },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    exclude: { path: '^(node:|lib/)' },
  },
}
