import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import ts from 'typescript'
import type { Generated } from '../../lib/codegen/generate-client.js'
import { generateClient } from '../../lib/codegen/generate-client.js'
import type { JobManifest, Manifest } from '../../lib/model/manifest.js'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A user's project in a temporary directory. */
export interface Project extends AsyncDisposable {
  readonly directory: string
  write(files: Readonly<Record<string, string>>): Promise<void>
  /** Generates `client.generated.ts` from the files with jobs, all in `jobs/`. */
  generate(files: readonly string[], standalone?: boolean): Generated
}

export const TSCONFIG = {
  compilerOptions: {
    target: 'ES2022',
    lib: ['ES2023', 'ESNext.Disposable'],
    module: 'NodeNext',
    strict: true,
    noEmit: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    types: ['node'],
  },
  include: ['**/*.ts'],
}

/** Makes a project in which this package and its dependencies are installed. */
export async function makeProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'pulsar-codegen-')))
  const modules = join(directory, 'node_modules')
  await mkdir(modules)
  for (const name of ['@types', 'class-validator', 'class-transformer', 'reflect-metadata']) {
    await symlink(join(root, 'node_modules', name), join(modules, name))
  }
  await symlink(root, join(modules, 'pulsar-queue'))
  const write = async (more: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, text] of Object.entries(more)) {
      const file = join(directory, path)
      if (!existsSync(dirname(file))) await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    }
  }
  await write({ 'package.json': '{ "type": "module" }', 'tsconfig.json': JSON.stringify(TSCONFIG), ...files })
  return {
    directory,
    write,
    generate: (paths, standalone = false) =>
      generateClient(ts, {
        files: paths.map((path) => join(directory, path)),
        out: join(directory, 'client.generated.ts'),
        directory,
        project: null,
        standalone,
      }),
    async [Symbol.asyncDispose]() {
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** @returns the manifest in a generated file */
export function manifestIn({ source, problems }: Generated): Manifest {
  if (source === null) throw new Error(problems.map(({ message }) => message).join('\n'))
  const text = /export const manifest: Manifest = (\{[\s\S]*?\n\})\n/.exec(source)?.[1]
  if (text === undefined) throw new Error(`no manifest in ${source}`)
  return runInNewContext(`(${text})`) as Manifest
}

/** @returns the manifest's entry for a job */
export function jobIn(generated: Generated, name: string): JobManifest {
  const job = manifestIn(generated).jobs[name]
  if (!job) throw new Error(`no job ${name} in ${generated.source ?? ''}`)
  return job
}
