/** Compares the public API with its committed report (docs/api); `--update` writes the report anew. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor'

const root = fileURLToPath(new URL('..', import.meta.url))
const update = process.argv.includes('--update')
const settings = ExtractorConfig.loadFile(join(root, 'api-extractor.json'))
let failed = false

const entries = { index: 'index', client: 'client', testing: 'testing', jobs: 'library/index' }
for (const [entry, file] of Object.entries(entries)) {
  const config = ExtractorConfig.prepare({
    configObject: {
      ...settings,
      mainEntryPointFilePath: join(root, `lib/${file}.d.ts`),
      apiReport: { ...settings.apiReport, reportFileName: `${entry}.api.md` },
    },
    configObjectFullPath: join(root, 'api-extractor.json'),
    packageJsonFullPath: join(root, 'package.json'),
  })
  mkdirSync(config.reportFolder, { recursive: true })
  const result = Extractor.invoke(config, {
    localBuild: update,
    messageCallback: (message) => {
      // Its remarks on its own compiler's version, and its greeting.
      if (message.messageId.startsWith('console-') && message.messageId !== 'console-api-report-not-copied')
        message.handled = true
    },
  })
  if (result.apiReportChanged) {
    console.log(
      update
        ? `docs/api/${entry}.api.md is written anew`
        : `docs/api/${entry}.api.md is stale; run \`npm run api\` and look at its diff`,
    )
  }
  failed ||= result.errorCount > 0 || (result.apiReportChanged && !update)
}
process.exitCode = failed ? 1 : 0
