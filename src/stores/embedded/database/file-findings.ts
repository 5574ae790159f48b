import type { StoreFinding } from '../../operations-store.js'

/** What the file system says of the files of a store. */
export interface FileFacts {
  /** Magic number of the file system. */
  readonly kind: number
  /** Bytes that are free. */
  readonly free: number
  /** Bytes of the write-ahead log. */
  readonly log: number
}

const MEGABYTE = 1024 * 1024
/** Free room from which tasks are soon refused, bytes. */
const SCARCE = 1024 * MEGABYTE
const FULL = 64 * MEGABYTE
/** Size of a log that is never moved into the database, bytes: some reader does not end. It is a hundredth of that as a rule. */
const LONG_LOG = 1024 * MEGABYTE

/** File systems that are on another machine: their locks and shared memory do not work between machines. */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0xaad7aaea, 'PanFS'],
  [0x786f4256, 'a shared folder of VirtualBox'],
  [0xbacbacbc, 'a shared folder of VMware'],
  [0x7c7c6673, 'a shared folder of Parallels'],
])

/** A program serves the files: from another machine (sshfs, s3fs, GlusterFS), from the host of a virtual one, or from a local disk. */
const FUSE = 0x65735546

/** What of the files of a store loses tasks, or will soon stop its queues. */
export function fileFindings(directory: string, { kind, free, log }: FileFacts): StoreFinding[] {
  const found: StoreFinding[] = []
  const remote = REMOTE.get(kind >>> 0)
  if (remote !== undefined) {
    const says = `${directory} lies on ${remote}, a network file system: SQLite loses data there when two machines write`
    found.push({ name: 'network-file-system', state: 'fault', says, fix: 'use a local disk, or a Redis' })
  }
  if (kind >>> 0 === FUSE) {
    const says = `${directory} lies on FUSE, as network file systems often do: SQLite loses data there when two machines write`
    const fix = 'findmnt --target <directory> says which it is; if it is another machine, use a local disk, or a Redis'
    found.push({ name: 'network-file-system', state: 'warning', says, fix })
  }
  if (free < SCARCE) {
    const says = `the disk of ${directory} has ${megabytes(free)} left: without room the store refuses tasks`
    found.push({ name: 'disk', state: free < FULL ? 'fault' : 'warning', says, fix: 'make room on the disk' })
  }
  if (log >= LONG_LOG) {
    const says = `the write-ahead log of ${directory} has ${megabytes(log)}: some process reads without an end, and the log grows`
    found.push({ name: 'wal', state: 'warning', says, fix: 'end the process that has queue.db open for long' })
  }
  return found
}

function megabytes(bytes: number): string {
  return `${String(Math.floor(bytes / MEGABYTE))} MiB`
}
