import { basename, dirname, join, relative, sep } from 'node:path'
import { isRoot, withoutExtension } from '../../jobs/loading/manifest-finder.js'
import type { ClientModel } from './client-model.js'

/**
 * Chooses the file in which apps find the manifest of the jobs that they load: the client's, where it stands beside the jobs
 * or above them and is called so that apps know it; else one beside the jobs.
 *
 * @param out - absolute path of the client's file
 * @param jobFiles - absolute paths of the files that define the jobs
 * @returns an absolute path
 */
export function manifestFile(out: string, jobFiles: readonly string[]): string {
  const isKnown = /\.generated\.[cm]?tsx?$/.test(out)
  if (isKnown && jobFiles.every((file) => directoriesAbove(file).includes(dirname(out)))) return out
  const [first = out, ...others] = jobFiles
  const shared = directoriesAbove(first).find((directory) =>
    others.every((file) => directoriesAbove(file).includes(directory)),
  )
  const extension = /\.[cm]?ts$/.exec(out)?.[0] ?? '.ts'
  const name = basename(withoutExtension(out)).replace(/\.generated$/, '')
  return join(shared ?? dirname(first), `${name}.manifest.generated${extension}`)
}

/** @returns the model with a manifest whose jobs tell where they stand, counted from the file with the manifest */
export function withFiles(model: ClientModel, path: string): ClientModel {
  const jobs = model.methods.map(({ job }) => {
    const file = withoutExtension(relative(dirname(path), job.file))
      .split(sep)
      .join('/')
    const { method = job.jobName, ...others } = model.manifest.jobs[job.jobName] ?? {}
    return [job.jobName, { method, file, ...others }] as const
  })
  return { ...model, manifest: { ...model.manifest, jobs: Object.fromEntries(jobs) as typeof model.manifest.jobs } }
}

/** @returns the directories in which an app looks for the manifest of a job: its own first, its package's root last */
function directoriesAbove(file: string): readonly string[] {
  const directories = [dirname(file)]
  for (let last = dirname(file); !isRoot(last); last = dirname(last)) directories.push(dirname(last))
  return directories
}
