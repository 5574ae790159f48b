import { createReadStream } from 'node:fs'
import type { ReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { errorMessage, member } from '../util/thrown.js'
import { UsageError } from './report-error.js'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is no directory',
  EACCES: 'this user may not open it',
  EEXIST: 'it is there already, and would be overwritten',
}

/** A file that the user names, open for reading. @throws {@link UsageError} */
export async function fileToRead(path: string): Promise<ReadStream> {
  const file = await opened(path, 'r', 'read')
  // A directory can be opened, and not read.
  if ((await file.stat()).isDirectory()) {
    await file.close()
    throw refusal(path, 'read', REASONS['EISDIR'])
  }
  return createReadStream(path, { fd: file })
}

/** A new file, open for writing: one that exists is kept. @throws {@link UsageError} */
export async function fileToWrite(path: string): Promise<FileHandle> {
  return await opened(path, 'wx', 'write')
}

async function opened(path: string, flags: string, act: string): Promise<FileHandle> {
  try {
    return await open(path, flags)
  } catch (error) {
    throw refusal(path, act, REASONS[String(member(error, 'code'))] ?? errorMessage(error))
  }
}

function refusal(path: string, act: string, reason = ''): UsageError {
  return new UsageError(`cannot ${act} ${path}: ${reason}`)
}
