import { execFileSync, spawnSync } from 'node:child_process'

/** A link of the kernel to a network namespace: what is sent while it is down is lost, and TCP sends it again once it is up. */
export interface KernelLink {
  /** Address of the other end. */
  readonly host: string
  /** Command that runs a program at the other end. */
  readonly command: readonly string[]
  down(): void
  up(): void
  dispose(): void
}

let links = 0

const ip = (...args: string[]): void => {
  execFileSync('ip', args, { stdio: 'pipe' })
}

/** Why no link can be made here; null: one can. */
export function kernelLinkIsForbidden(): string | null {
  if (process.platform !== 'linux') return 'only Linux has network namespaces'
  if (process.getuid?.() !== 0) return 'only the superuser makes network namespaces'
  const probe = `pq-probe-${String(process.pid)}`
  const { status, stderr } = spawnSync('ip', ['netns', 'add', probe], { encoding: 'utf8' })
  if (status !== 0) return `ip netns: ${stderr || 'not found'}`.trim()
  spawnSync('ip', ['netns', 'del', probe])
  return null
}

/** Makes a namespace, and a pair of interfaces (veth) that leads there. Only the superuser of Linux may. */
export function makeKernelLink(): KernelLink {
  const name = `pq${String(process.pid)}x${String(++links)}`
  const [here, there] = [`${name}a`.slice(-15), `${name}b`.slice(-15)]
  const net = `10.${String(64 + (process.pid % 128))}.${String(process.pid % 251)}.`
  const inside = (...args: string[]): void => {
    ip('netns', 'exec', name, 'ip', ...args)
  }
  const [left, right] = [`${net}${String((4 * links + 1) % 256)}`, `${net}${String((4 * links + 2) % 256)}`]
  ip('netns', 'add', name)
  ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there)
  ip('link', 'set', there, 'netns', name)
  ip('addr', 'add', `${left}/30`, 'dev', here)
  ip('link', 'set', here, 'up')
  inside('addr', 'add', `${right}/30`, 'dev', there)
  inside('link', 'set', 'lo', 'up')
  inside('link', 'set', there, 'up')
  return {
    host: right,
    command: ['ip', 'netns', 'exec', name],
    // The far end: were this one down, this machine would tell its own programs that there is no way.
    down() {
      inside('link', 'set', there, 'down')
    },
    up() {
      inside('link', 'set', there, 'up')
    },
    dispose() {
      ip('netns', 'del', name)
    },
  }
}
