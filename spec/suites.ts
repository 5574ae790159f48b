/**
 * The suites, heaviest files first: so two workers end at about the same time. Seconds are measured alone on two cores.
 * A spec that no suite names belongs to `unit`.
 */
const patterns = {
  // Kills and faults over and over, all browser sizes, and what takes long beside what it guards: other toolchains and shells, pages that are
  // followed word by word, waits for leases. Not part of `npm run check`, which is to take less than a quarter of an hour;
  // `npm run spec:slow` runs it.
  slow: [
    'spec/{faults,scheduler,worker}/faults.spec.ts',
    'spec/faults/long-run/many-tasks.spec.ts',
    'spec/faults/one-day/one-day.spec.ts',
    'spec/toolchains/{projects,toolchains}.spec.ts',
    'spec/package/{pack,tutorial}.spec.ts',
    'spec/samples/samples.spec.ts',
    'spec/cli/{completion,top}.spec.ts',
    'spec/parity/parity.spec.ts',
    'spec/processes/{supervisor,worker-count}.spec.ts',
    'spec/execution/shell.spec.ts',
    'spec/locks/locks.spec.ts',
    'spec/execution/pools/odd-values.spec.ts',
    'spec/testing/long-time.spec.ts',
    'spec/worker/{failover,forgotten,idle,limits,random-failovers,stalls}.spec.ts',
    'spec/stores/redis/{durability,late-copies,slow-links}.spec.ts',
    'spec/stores/redis/cluster/{app,conformance,durability,elsewhere,histories,large-slot,model,monitor,permissions,permit-store,proxies,schedules,tls,waking}.spec.ts',
    'spec/stores/redis/{lost-replies,sentinel}.spec.ts',
    'spec/stores/redis/sentinel/{elsewhere,model,permit-store}.spec.ts',
    'spec/dashboard/{acts-offered,browser,browser-charts,lists,live,long-names,many-tabs,page-contents,store-goes,wide-tables}.spec.ts',
    'spec/operate/{autoscale,large-export}.spec.ts',
  ],
  // Masters that are killed, frozen and replaced under load. They need a machine that does nothing else: beside other specs, a frozen node
  // is taken for dead and back again. `npm run spec:failovers` runs them, with more of the random failovers; CI does not.
  'slow-failovers': ['spec/stores/redis/cluster/faults.spec.ts'],
  // Programs that start worker processes, and threads or child processes below them: 10 to 40 s a file.
  processes: [
    'spec/consumers/**/*.spec.ts',
    'spec/parity/{app,page}.spec.ts',
    'spec/execution/no-code/no-code.spec.ts',
    'spec/execution/pools/{pool,pools,processes,requirements,stray-errors}.spec.ts',
    'spec/worker/{worker,restart}.spec.ts',
    'spec/scheduler/scheduler.spec.ts',
    'spec/app/{command-line,exit-process,server,logs,program-jobs,several-apps,signals}.spec.ts',
    'spec/rpc/server.spec.ts',
  ],
  // Compilers, npm, the command line, samples, and jobs that are loaded from files: up to 20 s a file.
  toolchain: [
    'spec/{nestjs,types}/**/*.spec.ts',
    'spec/samples/deploy.spec.ts',
    'spec/toolchains/versions.spec.ts',
    'spec/client/client.spec.ts',
    'spec/codegen/{calls,client,editors,errors,generate,shapes}.spec.ts',
    'spec/{cli,rpc}/json-forms.spec.ts',
    'spec/cli/{followed-logs,interrupted-act,json-output,operator,pq,store-away}.spec.ts',
    'spec/serializers/native-code.spec.ts',
    'spec/house/{docs,imports,toolchain}.spec.ts',
    'spec/jobs/{dto,load-jobs,manifest-finder}.spec.ts',
  ],
  // The contracts of the stores and the faults of their links, on a real Redis and real SQLite: 2 to 20 s a file.
  stores: [
    'spec/stores/{budgets,conformance,model,permit-store}.spec.ts',
    'spec/stores/embedded/{disk-full,durability,processes}.spec.ts',
    'spec/stores/redis/{adopt,channels,clock-jumps,connection,flushall,in-turn,moves,one-slot,permissions,refusals,set-ups,shifted-permits}.spec.ts',
  ],
  // Apps that consume in this process, with their heartbeat thread: 2 to 8 s a file.
  apps: [
    'spec/producer/**/*.spec.ts',
    'spec/worker/series.spec.ts',
    'spec/rpc/metrics.spec.ts',
    'spec/app/{directory-gone,lifecycle,loaded-packages,secrets,store-gone,user-functions}.spec.ts',
    'spec/dashboard/{budget,mounts,redact}.spec.ts',
    'spec/cli/{edges,terminal-safety}.spec.ts',
    'spec/library/library.spec.ts',
    'spec/locks/lost-locks.spec.ts',
    'spec/operate/{alerts,control,doctor-files,explain,export,moves,refused-writes}.spec.ts',
    'spec/rpc/{control,rpc,fuzz}.spec.ts',
    'spec/scheduler/one-process.spec.ts',
    'spec/telemetry/{otel,telemetry}.spec.ts',
    'spec/worker/{attempts,fake-timers,long-runs,outage,queues,refused-outcomes}.spec.ts',
  ],
}

/** Patterns of the spec files of a suite. */
export interface SuiteFiles {
  readonly include: string[]
  readonly exclude: string[]
}

/** The suites by name, with the rest as `unit`. A spec of the house checks that each file is in one of them. */
export const suites: Readonly<Record<string, SuiteFiles>> = {
  ...Object.fromEntries(Object.entries(patterns).map(([name, include]) => [name, { include, exclude: [] }])),
  unit: { include: ['spec/**/*.spec.ts'], exclude: Object.values(patterns).flat() },
}
