/** Compares the public API with its committed report (docs/api); `--update` writes the report anew. */
import { readFileSync } from 'node:fs'
import { entries, extractApi, root } from './extract-api.mjs'

const update = process.argv.includes('--update')
const forgotten = new Map(Object.keys(entries).map((entry) => [entry, new Set()]))

const results = extractApi({
  report: update ? 'update' : 'check',
  onMessage: (entry, message) => {
    if (message.messageId !== 'ae-forgotten-export') return
    message.logLevel = 'none'
    forgotten.get(entry).add(/The symbol "(.+?)"/.exec(message.text)[1])
  },
})

let failed = false
for (const [entry, { errorCount, apiReportChanged }] of Object.entries(results)) {
  const stale = update ? 'is written anew' : 'is stale; run `npm run api` and look at its diff'
  if (apiReportChanged) console.log(`docs/api/${entry}.api.md ${stale}`)
  failed ||= errorCount > 0 || (apiReportChanged && !update)
}

// What another entry shares with `index` is exported there, and taken from there.
const isExported = exportsOf('index')
for (const [entry, names] of forgotten) {
  for (const name of [...names].filter((each) => !isExported.has(each))) {
    console.log(`${name} is part of what ${entry} exports, and is not exported itself: export it, or hide it`)
    failed = true
  }
}
process.exitCode = failed ? 1 : 0

/** What an entry exports by its report. */
function exportsOf(entry) {
  const report = readFileSync(`${root}docs/api/${entry}.api.md`, 'utf8')
  return new Set(
    [...report.matchAll(/^export (?:declare )?(?:abstract )?[a-z]+ (\w+)|^export \{ (\w+) \}/gm)].map(
      (found) => found[1] ?? found[2],
    ),
  )
}
