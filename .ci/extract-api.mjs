/** Runs api-extractor on what tsc declares for each entry of the package. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor'

export const root = fileURLToPath(new URL('..', import.meta.url))
/** Each entry's name, and its module below `lib`. */
export const entries = {
  index: 'index',
  client: 'client',
  testing: 'testing',
  jobs: 'library/index',
  otel: 'otel',
  nestjs: 'nestjs',
}
/** Where the declarations of an entry are put, rolled up as api-extractor does it. */
export const rolledUp = (entry) => join(root, `node_modules/.cache/api-extractor/${entry}.d.ts`)

/**
 * @param options.entries - names of the entries to extract
 * @param options.report - false: no report; 'check': compared with the committed one; 'update': written anew
 * @param options.onMessage - sees each message of api-extractor first
 * @returns the result of each entry
 */
export function extractApi({ report, onMessage }) {
  const settings = ExtractorConfig.loadFile(join(root, 'api-extractor.json'))
  const configs = Object.entries(entries).map(([entry, file]) =>
    ExtractorConfig.prepare({
      configObject: {
        ...settings,
        mainEntryPointFilePath: join(root, `lib/${file}.d.ts`),
        apiReport: { ...settings.apiReport, enabled: report !== false, reportFileName: `${entry}.api.md` },
        dtsRollup: { enabled: report === false, untrimmedFilePath: rolledUp(entry) },
      },
      configObjectFullPath: join(root, 'api-extractor.json'),
      packageJsonFullPath: join(root, 'package.json'),
    }),
  )
  const [first, ...others] = configs
  const additionalEntryPoints = others.map((config) => config.mainEntryPointFilePath)
  const compilerState = CompilerState.create(first, { additionalEntryPoints })
  return Object.fromEntries(
    Object.keys(entries).map((entry, i) => {
      mkdirSync(configs[i].reportFolder, { recursive: true })
      const messageCallback = (message) => {
        // Its remarks on its own compiler's version, and its greeting.
        if (message.messageId.startsWith('console-') && message.messageId !== 'console-api-report-not-copied')
          message.handled = true
        else onMessage?.(entry, message)
      }
      return [entry, Extractor.invoke(configs[i], { compilerState, localBuild: report === 'update', messageCallback })]
    }),
  )
}
