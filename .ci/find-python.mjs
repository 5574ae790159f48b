/** Finds a Python 3 for the specs, which start programs on a pseudo-terminal with it: on the PATH, or Debian's, unpacked without root. */
import { debianProgram, onPath } from './debian-package.mjs'

export async function findPython() {
  return onPath('python3') ?? (await fetchPython())
}

async function fetchPython() {
  try {
    return await debianProgram('pulsar-queue-python', ['python3-minimal', 'libpython3-stdlib'], 'usr/bin/python3')
  } catch (error) {
    throw new Error(
      `no Python for the specs of terminals: no python3 on the PATH, and Debian's package could not be fetched (${error.message}). Install one (apt-get install python3, brew install python).`,
      { cause: error },
    )
  }
}
