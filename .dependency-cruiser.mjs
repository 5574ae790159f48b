/**
 * Imports point down only. Each folder of `src` lists the folders that it may import; what is not listed is an error.
 * A contract never imports its implementations. `stores/open-store.ts` loads them by the scheme of a URL.
 */
const folders = (...names) => names.map((name) => `^src/${name}/`)
const ground = ['^src/util/', '^src/errors([.]ts$|/)']
const model = [...ground, ...folders('model', 'logging')]
// What a store must do, and how one is opened: known to all above, implemented below `stores/`.
const storeContracts = '^src/stores/[^/]+[.]ts$'
const base = [...model, ...folders('serializers', 'container', 'jobs'), storeContracts]
const services = [...base, ...folders('locks', 'manager', 'consumers', 'settings')]
const execution = [...services, ...folders('execution')]
const producer = [...execution, ...folders('producer')]
const worker = [...execution, ...folders('worker')]
const servers = [...producer, ...worker, ...folders('scheduler', 'rpc', 'processes', 'api')]

/** Folder or files, and what they may import besides themselves. */
const layers = {
  util: { from: '^src/util/', to: ['^src/util/'] },
  errors: { from: '^src/errors([.]ts$|/)', to: ground },
  model: { from: '^src/(model|logging)/', to: model },
  serializers: { from: '^src/serializers/', to: [...model, ...folders('serializers')] },
  contracts: { from: storeContracts, to: [...model, storeContracts, ...folders('stores')] },
  redis: { from: '^src/stores/redis/', to: [...model, storeContracts, ...folders('stores/redis')] },
  embedded: { from: '^src/stores/embedded/', to: [...model, storeContracts, ...folders('stores/embedded')] },
  jobs: { from: '^src/jobs/', to: [...base, ...folders('locks')] },
  container: { from: '^src/container/', to: [...base, '^src/manager/manager[.]ts$'] },
  services: { from: '^src/(locks|manager|consumers|settings)/', to: services },
  execution: { from: '^src/execution/', to: execution },
  producer: { from: '^src/producer/', to: producer },
  worker: { from: '^src/worker/', to: worker },
  servers: { from: '^src/(scheduler|rpc|processes|api)/', to: servers },
  codegen: { from: '^src/codegen/', to: [...model, ...folders('jobs', 'codegen')] },
  app: { from: '^src/app/', to: [...servers, ...folders('app')] },
  testing: { from: '^src/testing/', to: [...servers, ...folders('app', 'testing', 'stores')] },
  entries: { from: '^src/(client|index|testing)[.]ts$', to: ['^src/'] },
  library: { from: '^src/library/', to: [...base, ...folders('library')] },
  cli: { from: '^src/cli/', to: ['^src/'] },
}

export default {
  forbidden: [
    {
      name: 'no-cycle',
      severity: 'error',
      from: {},
      // Types count, too: files that name each other are one file in two.
      to: { circular: true },
    },
    {
      name: 'contract-names-no-implementation',
      severity: 'error',
      from: { path: storeContracts, pathNot: '^src/stores/open-store[.]ts$' },
      to: { path: '^src/stores/(redis|embedded)/' },
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
