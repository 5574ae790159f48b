/**
 * Imports point down only. The rooms of `src` stand on floors: a room may import the rooms of the floors below its own, and
 * nothing of its own floor or above. So rooms cannot form a circle, and each new room needs its place here.
 */
const floors = [
  ['util'],
  ['errors'],
  ['model', 'container'],
  ['logging', 'serializers', 'telemetry'],
  // Contracts of the stores. `stores/<engine>/` is held to more below.
  ['stores'],
  ['locks'],
  ['jobs'],
  ['consumers', 'codegen', 'library'],
  ['settings', 'manager'],
  ['execution'],
  ['producer', 'worker'],
  ['operate'],
  ['scheduler', 'api', 'processes'],
  ['rpc', 'dashboard'],
  ['app'],
  ['testing', 'cli'],
  ['index', 'client', 'otel', 'nestjs'],
]
// A file beside the rooms belongs to the room of its name: `errors.ts` lists the errors.
const filesOf = (room) => `^src/${room}([.]ts$|/)`
const below = (room) =>
  floors
    .slice(
      0,
      floors.findIndex((rooms) => rooms.includes(room)),
    )
    .flat()

/** Rooms that may import less than what is below them. */
const narrow = { codegen: ['util', 'errors', 'model', 'jobs'], library: ['util', 'errors', 'model', 'jobs'] }

// Whoever opens a store by its URL loads its engine; nobody else names one, but tests that need one in memory.
const namesEngines = ['^src/stores/open-store[.]ts$', '^src/testing/']

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
      name: 'engine-is-named-by-open-store-alone',
      severity: 'error',
      from: { path: '^src/', pathNot: [...namesEngines, '^src/stores/[^/]+/'] },
      to: { path: '^src/stores/[^/]+/' },
    },
    {
      name: 'engine-knows-contracts-alone',
      comment: 'An engine imports the contracts and its own folder: never another engine, nor whoever opens engines.',
      severity: 'error',
      from: { path: '^src/stores/([^/]+)/' },
      to: { path: '^src/stores/', pathNot: ['^src/stores/(?!open-store)[^/]+[.]ts$', '^src/stores/$1/'] },
    },
    {
      name: 'room-without-floor',
      comment: 'A new room of src needs its place in the floors above.',
      severity: 'error',
      from: { path: '^src/', pathNot: floors.flat().map(filesOf) },
      to: {},
    },
    {
      name: 'no-dev-dependency',
      severity: 'error',
      // TypeScript is an optional peer: only the generator reads it, and says so when it is absent.
      // OpenTelemetry and Nest are optional peers, too, which their entries alone import.
      // The page of the dashboard is bundled, with what it is made of.
      from: {
        path: '^src/',
        pathNot: ['^src/codegen/', '^src/dashboard/ui/', '^src/otel[.]ts$', '^src/nestjs[.]ts$', '^src/nestjs/'],
      },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...floors.flat().map((room) => ({
      name: `imports-of-${room}`,
      severity: 'error',
      from: { path: filesOf(room) },
      to: { path: '^src/', pathNot: [room, ...(narrow[room] ?? below(room))].map(filesOf) },
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
