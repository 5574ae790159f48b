/**
 * Ways to run the store and the queue that are measured against each other. Of each group the first is the one that the
 * others are compared with.
 */
const KEEP = { entries: '--hash-max-listpack-entries', value: '--hash-max-listpack-value' }
const hashes = (entries) => ({ args: [KEEP.entries, String(entries), KEEP.value, '1024'] })

export const groups = {
  hashes: {
    title: 'How Redis keeps small hashes and lists',
    says: 'Whether a hash of up to so many entries, and a list node, is one packed block in the memory of Redis.',
    rows: {
      default: { label: 'as by default' },
      none: { label: 'hash-max-listpack-entries 0', ...hashes(0) },
      some: { label: 'hash-max-listpack-entries 512, values up to 1,024 bytes', ...hashes(512) },
      many: { label: 'hash-max-listpack-entries 4096, values up to 1,024 bytes', ...hashes(4_096) },
      lists: { label: 'list-max-listpack-size -5 (64 kB a node)', args: ['--list-max-listpack-size', '-5'] },
    },
  },
  serializers: {
    title: 'Serializer and payload',
    says: 'JSON against MessagePack, for two numbers with a text of so many bytes.',
    rows: Object.fromEntries(
      [0, 100, 1_000, 10_000].flatMap((bytes) =>
        ['json', 'msgpack'].map((serializer) => [
          `${serializer}${bytes}`,
          {
            label: `${serializer}, ${bytes === 0 ? 'no text' : `${bytes.toLocaleString('en')} bytes`}`,
            serializer,
            bytes,
          },
        ]),
      ),
    ),
  },
  durability: {
    title: 'Append-only file',
    says: 'What it costs that Redis writes each change to a file, and syncs the file each second.',
    rows: {
      none: { label: 'pulsar-queue, no persistence' },
      everysec: { label: 'pulsar-queue, appendfsync everysec', everysec: true },
      loop: { label: 'lease loop, no persistence', peer: 'lease-loop' },
      loopEverysec: { label: 'lease loop, appendfsync everysec', peer: 'lease-loop', everysec: true },
      bullmq: { label: 'BullMQ, no persistence', peer: 'bullmq' },
      bullmqEverysec: { label: 'BullMQ, appendfsync everysec', peer: 'bullmq', everysec: true },
    },
  },
}

/** The figures of each row, as in workloads/figures.mjs. */
export const figures = [
  { label: 'enqueue', unit: 'per s', of: 'enqueue' },
  { label: 'process, concurrency 100', unit: 'per s', of: 'drain' },
  { label: 'worker', unit: 'µs a task', of: 'workerMicros' },
  { label: 'Redis', unit: 'µs a task', of: 'storeMicros' },
  { label: 'queued', unit: 'bytes', of: 'queued' },
  { label: 'finished', unit: 'bytes', of: 'finished' },
]
