import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Script } from 'node:vm'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { createProgram } from '../../lib/cli/program.js'
import { toMilliseconds } from '../../lib/model/duration.js'
import type { Duration } from 'pulsar-queue'
import { PulsarQueue } from 'pulsar-queue'
import { task } from '../stores/redis/fixture.js'
import { variableOf } from '../../lib/settings/setting.js'
import { NAMED_SETTINGS } from '../../lib/settings/settings.js'

const run = promisify(execFile)
const path = (name: string): string => fileURLToPath(new URL(`../../samples/deploy/${name}`, import.meta.url))
const read = (name: string): string => readFileSync(path(name), 'utf8')
const yaml = (name: string): unknown[] =>
  parseAllDocuments(read(name)).map((document): unknown => {
    expect(document.errors).toEqual([])
    return document.toJS() as unknown
  })

interface Service {
  readonly command: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly stop_grace_period?: Duration
  readonly volumes?: readonly string[]
  readonly secrets?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
}
interface Deployment {
  readonly kind: string
  readonly spec: {
    readonly template: {
      readonly spec: { readonly terminationGracePeriodSeconds?: number; readonly containers: readonly Container[] }
    }
  }
}
interface Container {
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value?: string }[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
}

/** The schema that Docker reads compose files by. It is of draft 7, whose address it spells in a way of its own. */
const { $schema: _, ...composeSchema } = JSON.parse(
  readFileSync(
    join(dirname(createRequire(import.meta.url).resolve('dclint/package.json')), 'schemas/compose.schema.json'),
    'utf8',
  ),
) as Readonly<Record<string, unknown>>

const VARIABLES = new Set([...NAMED_SETTINGS.map(({ name }) => variableOf(name)), 'PULSAR_DASHBOARD_TOKEN'])
const GRACE = 'PULSAR_GRACE_PERIOD'
interface Scraped {
  readonly job_name: string
  readonly metrics_path: string
  readonly authorization: { readonly credentials_file: string }
  readonly static_configs?: readonly { readonly targets: readonly string[] }[]
  readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[]
}

const compose = yaml('compose.yaml')[0] as {
  readonly services: Readonly<Record<string, Service>>
  readonly secrets: Readonly<Record<string, { readonly environment: string }>>
}
const { services } = compose
const [prometheus] = yaml('prometheus.yaml') as {
  readonly rule_files: readonly string[]
  readonly scrape_configs: readonly Scraped[]
}[]
const [worker] = (yaml('kubernetes/worker.yaml') as Deployment[]).map(({ spec }) => spec.template.spec)
const [dashboard] = (yaml('kubernetes/dashboard.yaml') as Deployment[]).flatMap(({ kind, spec }) =>
  kind === 'Deployment' ? [spec.template.spec] : [],
)
const UNITS = ['systemd/pulsar-worker.service', 'systemd/pulsar-dashboard.service']
const commandOf = (unit: string): string[] => /^ExecStart=.*?pq\.js (.*)$/m.exec(read(unit))?.[1]?.split(' ') ?? []

interface Authentication {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly secretTargetRef: readonly { readonly key: string }[] }
}
interface Scaled {
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string }
    readonly triggers: readonly {
      readonly metadata: { readonly url: string; readonly valueLocation: string; readonly targetValue: string }
      readonly authenticationRef: { readonly name: string }
    }[]
  }
}

/** Where a service listens. */
function bindOf({ command = [], environment = {} }: Partial<Service> = {}): { readonly port: string } {
  const bind = environment['PULSAR_RPC_BIND'] ?? command[command.indexOf('--bind') + 1] ?? ''
  return { port: bind.split(':')[1] ?? '' }
}

/** Whether `pq` has a command and its options, each with a value where it takes one. */
function expectCommand([name, ...words]: readonly string[]): void {
  const command = createProgram().commands.find((each) => each.name() === name)
  expect(command, `pq ${String(name)}`).toBeDefined()
  const { operands, unknown } = command?.parseOptions([...words]) ?? { operands: ['?'], unknown: ['?'] }
  expect([operands, unknown], words.join(' ')).toEqual([[], []])
}

describe('the samples of deployment', () => {
  it('have a compose file that Docker accepts', () => {
    const validate = new Ajv({ strict: false }).compile(composeSchema)
    expect([validate(compose), validate.errors]).toEqual([true, null])
    for (const wrong of [{ services: { a: { imag: 'redis' } } }, { services: { a: { command: [{ x: 1 }] } } }]) {
      expect(validate(wrong)).toBe(false)
    }
  })

  it('have programs in their compose file that Node can read', () => {
    const test = services['worker']?.healthcheck?.test ?? []
    expect(test.slice(0, 3)).toEqual(['CMD', 'node', '--eval'])
    expect(() => new Script(test[3] ?? '?')).not.toThrow()
  })

  it('start commands and options that exist', () => {
    for (const name of ['worker', 'dashboard']) expectCommand(services[name]?.command ?? [])
    for (const pod of [worker, dashboard]) expectCommand(pod?.containers[0]?.args ?? [])
    for (const unit of UNITS) expectCommand(commandOf(unit))
    const [, program = ''] = /"(node_modules\/pulsar-queue\/[^"]*)"/.exec(read('Dockerfile')) ?? []
    const file = program.replace('node_modules/pulsar-queue/', '../../')
    expect(program !== '' && existsSync(path(file))).toBe(true)
    for (const unit of UNITS) expect(read(unit)).toContain(`ExecStart=/usr/bin/node ${program} `)
  })

  it('set settings that exist', () => {
    const manifests = ['worker', 'dashboard', 'autoscale'].map((name) => `kubernetes/${name}.yaml`)
    const texts = ['compose.yaml', ...manifests, ...UNITS].map(read).join('\n')
    const names = [...texts.matchAll(/\bPULSAR_\w+/g)].map(([name]) => name)
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter((name) => !VARIABLES.has(name))).toEqual([])
  })

  it('probe and publish the ports at which they serve', () => {
    for (const pod of [worker, dashboard]) {
      const [{ env, args, ports, livenessProbe, readinessProbe } = {} as Container] = pod?.containers ?? []
      const address = env.find(({ name }) => name === 'PULSAR_RPC_BIND')?.value ?? args[args.indexOf('--bind') + 1]
      expect(ports.map(({ containerPort }) => `0.0.0.0:${String(containerPort)}`)).toEqual([address])
      for (const probe of [livenessProbe, readinessProbe]) {
        if (probe !== undefined) expect(ports.map(({ name }) => name)).toContain(probe.httpGet.port)
      }
    }
    expect(services['dashboard']?.command).toContain(
      `0.0.0.0:${services['dashboard']?.ports?.[0]?.split(':')[2] ?? ''}`,
    )
  })

  it('mount files that exist, and read them where they are mounted', () => {
    const mounts = new Map(
      Object.values(services)
        .flatMap(({ volumes = [] }) => volumes)
        .filter((volume) => volume.startsWith('.'))
        .map((volume) => volume.split(':').slice(0, 2) as [string, string])
        .map(([file, inside]) => [inside, file]),
    )
    expect(mounts.size).toBe(5)
    for (const file of mounts.values()) expect(existsSync(path(file)), file).toBe(true)
    for (const file of prometheus?.rule_files ?? ['?']) expect(mounts.get(file)).toBe('../observe/alerts.yaml')
    const [provider] = yaml('grafana/dashboards.yaml') as { providers: { options: { path: string } }[] }[]
    const folder = provider?.providers[0]?.options.path ?? '?'
    expect(mounts.get(`${folder}/pulsar-queue.json`)).toBe('../observe/grafana.json')
    expect(JSON.parse(read('../observe/grafana.json'))).toMatchObject({ uid: 'pulsar-queue' })
    const [source] = yaml('grafana/datasources.yaml') as { datasources: { type: string; url: string }[] }[]
    expect(source?.datasources).toMatchObject([{ type: 'prometheus', url: 'http://prometheus:9090' }])
    expect(Object.keys(services)).toContain('prometheus')
    expect(yaml('../observe/alerts.yaml')).toHaveLength(1)
  })

  it('are scraped where they serve metrics, with the tokens that they ask for', () => {
    const [store, workers] = prometheus?.scrape_configs ?? []
    expect(store?.static_configs?.[0]?.targets).toEqual([`dashboard:${bindOf(services['dashboard']).port}`])
    const nodes = workers?.dns_sd_configs?.[0]
    expect([nodes?.names, String(nodes?.port)]).toEqual([['worker'], bindOf(services['worker']).port])
    const secretOf = ({ authorization }: Scraped): string => {
      const name = authorization.credentials_file.replace('/run/secrets/', '')
      expect(services['prometheus']?.secrets).toContain(name)
      return compose.secrets[name]?.environment ?? ''
    }
    expect([store, workers].map((each) => each && secretOf(each))).toEqual([
      'PULSAR_DASHBOARD_TOKEN',
      'PULSAR_RPC_TOKEN',
    ])
    expect(services['dashboard']?.environment).toHaveProperty('PULSAR_DASHBOARD_TOKEN')
    expect(services['worker']?.environment).toHaveProperty('PULSAR_RPC_TOKEN')
  })

  it('are scaled by what the dashboard says of a queue', async () => {
    const [authentication, scaled] = yaml('kubernetes/autoscale.yaml') as [Authentication, Scaled]
    const [trigger] = scaled.spec.triggers
    const { url = '', valueLocation = '', targetValue } = trigger?.metadata ?? {}
    const names = (yaml('kubernetes/dashboard.yaml') as { kind: string; metadata: { name: string } }[]).filter(
      ({ kind }) => kind === 'Service',
    )
    expect(names.map(({ metadata }) => metadata.name)).toEqual([new URL(url).hostname])
    expect((yaml('kubernetes/worker.yaml') as { metadata: { name: string } }[])[0]?.metadata.name).toBe(
      scaled.spec.scaleTargetRef.name,
    )
    expect(trigger?.authenticationRef.name).toBe(authentication.metadata.name)
    expect(read('kubernetes/dashboard.yaml')).toContain(`key: ${authentication.spec.secretTargetRef[0]?.key ?? '?'} `)
    expect(targetValue).toBe('1')
    // The same request to a dashboard of an application.
    const app = new PulsarQueue({
      dataStore: 'embedded::memory:deploy-scaled',
      parseConsole: false,
      logLevel: 'silent',
    })
    const { broker, control } = await app.api().start()
    await broker.queue('mail', [task('one')])
    await control.revoke(await control.plan('revoke', 'queue:mail'))
    const { pathname, search } = new URL(url)
    const response = await app.dashboard()(new Request(`http://127.0.0.1${pathname}${search}`))
    expect([response.status, await response.json()]).toEqual([200, expect.objectContaining({ [valueLocation]: 0 })])
    await app.close()
  })

  it('give a stop more time than the grace period', () => {
    const grace = (text: string | undefined): number => toMilliseconds((text ?? '0s') as Duration, GRACE)
    const { environment, stop_grace_period: stop = '0s' } = services['worker'] ?? ({} as Service)
    expect(toMilliseconds(stop, 'stop')).toBeGreaterThan(grace(environment?.[GRACE]))
    const inPod = worker?.containers[0]?.env.find(({ name }) => name === GRACE)?.value
    expect((worker?.terminationGracePeriodSeconds ?? 0) * 1_000).toBeGreaterThan(grace(inPod))
    const unit = read('systemd/pulsar-worker.service')
    const valueOf = (pattern: RegExp): string => pattern.exec(unit)?.[1] ?? ''
    expect(grace(valueOf(/^TimeoutStopSec=(.*)$/m))).toBeGreaterThan(grace(valueOf(/PULSAR_GRACE_PERIOD=(.*)$/m)))
    expect(grace(valueOf(/PULSAR_GRACE_PERIOD=(.*)$/m))).toBeGreaterThan(0)
  })

  it('have units that systemd accepts', async (test) => {
    const ended = await run('systemd-analyze', ['verify', ...UNITS.map(path)]).catch(
      (error: unknown) => error as { code?: unknown; stderr?: string },
    )
    if ('code' in ended && ended.code === 'ENOENT') {
      process.stderr.write('\n!!! The units of systemd were not verified: there is no systemd-analyze here.\n\n')
      test.skip('no systemd-analyze')
    }
    // Programs that this machine lacks are no fault of the units.
    const said = (ended.stderr ?? '')
      .split('\n')
      .filter((line) => line.includes('pulsar-') && !/is not executable|No such file/.test(line))
    expect(said).toEqual([])
  })
})
