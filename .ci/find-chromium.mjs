/**
 * Finds a browser for the specs of the dashboard: CHROMIUM, `chromium` or a like name on the PATH, one that was fetched before,
 * else Debian's package, unpacked below node_modules/.cache without root.
 */
import { debianProgram, isProgram, onPath } from './debian-package.mjs'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

export async function findChromium() {
  const named = process.env.CHROMIUM
  if (named) {
    if (isProgram(named)) return named
    throw new Error(`CHROMIUM is ${named}, which is no program; unset it or name a Chromium`)
  }
  return onPath(...NAMES) ?? (isProgram(MAC) ? MAC : await fetchChromium())
}

async function fetchChromium() {
  try {
    return await debianProgram('pulsar-queue-chromium', ['chromium', 'fonts-dejavu-core'], 'usr/lib/chromium/chromium')
  } catch (error) {
    throw new Error(
      `no browser for the specs: neither CHROMIUM nor a chromium or google-chrome on the PATH, and Debian's package could not be fetched (${error.message}). Install one (apt-get install chromium, brew install --cask google-chrome) or set CHROMIUM.`,
      { cause: error },
    )
  }
}
