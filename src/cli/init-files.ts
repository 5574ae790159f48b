/**
 * The files of the project that `pq init` creates.
 *
 * @param directory - name of its directory, from which the package is named
 * @param version - version of pulsar-queue
 * @returns contents by path
 */
export function projectFiles(directory: string, version: string): Readonly<Record<string, string>> {
  const name =
    directory
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'my-queue'
  return {
    'package.json': packageJson(name, version),
    'tsconfig.json': TSCONFIG,
    'pulsar.config.ts': CONFIG,
    'src/jobs/addition.ts': JOB,
    'src/queue.ts': QUEUE,
    'README.md': readme(name),
    '.gitignore': 'node_modules/\ndist/\n.pulsar/\nsrc/client.generated.ts\n',
  }
}

function packageJson(name: string, version: string): string {
  const content = {
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    scripts: {
      // Double quotes, which cmd of Windows knows as well.
      generate: 'pq generate --jobs "src/jobs/**/*.ts" --out src/client.generated.ts',
      prestart: 'npm run --silent generate',
      start: 'pq start',
      build: 'npm run generate && tsc',
      queue: 'npm run --silent build && node dist/queue.js',
    },
    dependencies: { 'pulsar-queue': `^${version}` },
    devDependencies: { '@types/node': '^20.19.0', typescript: '~6.0.3' },
  }
  return `${JSON.stringify(content, null, 2)}\n`
}

const TSCONFIG = `{
  "compilerOptions": {
    "target": "ES2022",
    "lib": ["ES2023", "ESNext.Disposable"],
    "module": "NodeNext",
    "rootDir": "src",
    "outDir": "dist",
    "strict": true,
    "experimentalDecorators": true,
    "emitDecoratorMetadata": true,
    "types": ["node"]
  },
  "include": ["src"]
}
`

const CONFIG = `import { defineConfig } from 'pulsar-queue'

export default defineConfig({
  taskPaths: ['./src/jobs/**/*.ts'],
  // A queue in files, for the processes of one machine. For several machines: 'redis://127.0.0.1:6379/0'
  dataStore: 'embedded:./.pulsar',
})
`

const JOB = `import { Job } from 'pulsar-queue'

/** Add two numbers. */
@Job()
export class Addition {
  run(a: number, b: number) {
    return a + b
  }
}
`

const QUEUE = `import { createClient } from './client.generated.js'

const client = await createClient({ dataStore: 'embedded:./.pulsar' })
const sum = await client.jobs.addition({ a: 4, b: 6 }).result()
console.log(\`4 + 6 = \${sum}\`)
await client.close()
`

function readme(name: string): string {
  return `# ${name}

    npm install
    npm start          # a server that runs the jobs of src/jobs
    npm run queue      # in another terminal: queues a task and prints its result

- \`src/jobs/addition.ts\` is a job: a class whose \`run\` does the work.
- \`npm run generate\` reads the jobs and writes \`src/client.generated.ts\`, which has a typed method for each job.
- \`src/queue.ts\` calls a job. An argument of the wrong type does not compile.
- \`pulsar.config.ts\` has the settings. \`npx pq start --help\` lists all of them.
`
}
