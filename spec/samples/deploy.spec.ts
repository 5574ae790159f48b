import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { createProgram } from '../../lib/cli/program.js'
import { toMilliseconds } from '../../lib/model/duration.js'
import type { Duration } from 'pulsar-queue'
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

const VARIABLES = new Set([...NAMED_SETTINGS.map(({ name }) => variableOf(name)), 'PULSAR_DASHBOARD_TOKEN'])
const GRACE = 'PULSAR_GRACE_PERIOD'
const { services } = yaml('compose.yaml')[0] as { readonly services: Readonly<Record<string, Service>> }
const [worker] = (yaml('kubernetes/worker.yaml') as Deployment[]).map(({ spec }) => spec.template.spec)
const [dashboard] = (yaml('kubernetes/dashboard.yaml') as Deployment[]).flatMap(({ kind, spec }) =>
  kind === 'Deployment' ? [spec.template.spec] : [],
)
const UNITS = ['systemd/pulsar-worker.service', 'systemd/pulsar-dashboard.service']
const commandOf = (unit: string): string[] => /^ExecStart=.*?pq\.js (.*)$/m.exec(read(unit))?.[1]?.split(' ') ?? []

/** Whether `pq` has a command and its options, each with a value where it takes one. */
function expectCommand([name, ...words]: readonly string[]): void {
  const command = createProgram().commands.find((each) => each.name() === name)
  expect(command, `pq ${String(name)}`).toBeDefined()
  const { operands, unknown } = command?.parseOptions([...words]) ?? { operands: ['?'], unknown: ['?'] }
  expect([operands, unknown], words.join(' ')).toEqual([[], []])
}

describe('the samples of deployment', () => {
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
    const texts = ['compose.yaml', 'kubernetes/worker.yaml', 'kubernetes/dashboard.yaml', ...UNITS].map(read).join('\n')
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
