/**
 * Writes what is generated from the source: docs/settings.md, docs/errors.md, docs/cli.md, docs/api/pq-json.schema.json, and the types of the settings; the
 * tables of docs/reliability.md, from the figures in spec/faults/results.json and bench/durability.json; and docs/benchmarks.md with its charts, from the figures in bench/results.json.
 * `--check` writes nothing, and fails where a file is stale. Reads `src` itself, so that no build is needed before.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'
import { format, resolveConfig } from 'prettier'
import { benchmarkFiles } from '../bench/page/page.mjs'
import { jsonSchema } from './docs/json-schema.mjs'
import { cliPage } from './docs/cli-page.mjs'
import { errorsPage } from './docs/errors-page.mjs'
import { configMembers, optionMembers } from './docs/setting-types.mjs'
import { durabilityTable } from './docs/durability-table.mjs'
import { faultTable } from './docs/fault-table.mjs'
import { settingsPage } from './docs/settings-page.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const isCheck = process.argv.includes('--check')
const jiti = createJiti(import.meta.url)
const load = (path) => jiti.import(join(root, 'src', path))
const read = (path) => readFileSync(join(root, path), 'utf8')

const { NAMED_SETTINGS: settings } = await load('settings/settings.ts')
const naming = await load('settings/setting.ts')
const { createProgram } = await load('cli/program.ts')

const pages = {
  'src/settings/options.ts': region('src/settings/options.ts', optionMembers(settings)),
  'src/model/config.ts': region('src/model/config.ts', configMembers(settings)),
  'docs/settings.md': settingsPage(settings, naming),
  'docs/errors.md': errorsPage(root),
  'docs/cli.md': cliPage(createProgram()),
  'docs/api/pq-json.schema.json': jsonSchema(root),
  'docs/reliability.md': marked(read('docs/reliability.md'), {
    durability: durabilityTable(JSON.parse(read('bench/durability.json'))),
    figures: faultTable(JSON.parse(read('spec/faults/results.json'))),
  }),
  ...benchmarkFiles(existsSync(join(root, 'bench/results.json')) ? JSON.parse(read('bench/results.json')) : {}),
}

for (const [path, text] of Object.entries(pages)) {
  const options = await resolveConfig(join(root, path))
  const content = path.endsWith('.svg') ? text : await format(text, { ...options, filepath: path })
  if (existsSync(join(root, path)) && read(path) === content) continue
  if (isCheck) {
    console.error(`${path} is stale; run \`npm run docs\` and commit what it writes`)
    process.exitCode = 1
  } else {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
    console.log(`${path} is written anew`)
  }
}

/** The text of a page with other lines between its markers. @param regions - lines by the name of their markers */
function marked(page, regions) {
  return Object.entries(regions).reduce((text, [name, lines]) => {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [before, rest, ...more] = text.split(begin)
    const after = rest?.split(end)[1]
    if (after === undefined || more.length > 0)
      throw new Error(`expected the markers ${begin} and ${end} once, got other ones`)
    return `${before}${begin}\n\n${lines.join('\n')}\n\n${end}${after}`
  }, page)
}

/** The text of a file with other lines in its region `settings`. */
function region(path, lines) {
  const parts = /^(.*#region settings[^\n]*\n)(.*)(^[^\n]*#endregion.*)$/ms.exec(read(path))
  if (parts === null) throw new Error(`expected ${path} to have a region named settings, got none`)
  return `${parts[1]}${lines.join('\n')}\n${parts[3]}`
}
