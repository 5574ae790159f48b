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
}

/** A file that the user names, open for reading. @throws {@link UsageError} */
export async function fileToRead(path: string): Promise<ReadStream> {
  const file = await opened(path)
  // A directory can be opened, and not read.
  if ((await file.stat()).isDirectory()) {
    await file.close()
    throw refusal(path, REASONS['EISDIR'])
  }
  return createReadStream(path, { fd: file })
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    throw refusal(path, REASONS[String(member(error, 'code'))] ?? errorMessage(error))
  }
}

function refusal(path: string, reason = ''): UsageError {
  return new UsageError(`cannot read ${path}: ${reason}`)
}
