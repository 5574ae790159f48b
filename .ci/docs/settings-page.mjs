/** docs/settings.md, from the table of settings. */
import { defaultOf } from './setting-types.mjs'

const INTRODUCTION = `# Settings

<!-- Written by \`npm run docs\` from src/settings/settings.ts. Change that file, not this one. -->

A setting can stand in five places. In order of precedence:

1. the command line: \`--task-queues fast,slow\`
2. the environment: \`PULSAR_TASK_QUEUES=fast,slow\`
3. the constructor: \`new PulsarQueue({ taskQueues: ['fast', 'slow'] })\`
4. the configuration file, \`pulsar.config.{ts,mts,js,mjs,json}\` in the working directory
5. its default

\`\`\`ts
// pulsar.config.ts
import { defineConfig } from 'pulsar-queue'

export default defineConfig({
  taskPaths: ['./src/jobs/**/*.ts'],
  dataStore: 'redis://127.0.0.1:6379/0',
  workers: 4,
})
\`\`\`

- A **duration** is a number of seconds, or a string with its unit: \`'250ms'\`, \`'2s'\`, \`'5m'\`, \`'1h'\`, \`'7d'\`.
- On the command line and in the environment, a **list** is divided by commas. A flag that is given twice makes one list.
- A **switch** such as \`--schedule-periodic\` takes no value; \`--no-schedule-periodic\` turns it off. In the environment it is
  \`true\` or \`false\`.
- **Relative paths** count from the directory of the configuration file, or without one from the working directory.
- An unknown or malformed setting is an [InvalidSettingError](errors.md#invalidsettingerror) that names its source and the
  value that was expected. \`null\` on the command line and in the environment is the empty string.
- Code reads the settings in force from \`Config\`, which the container injects. Durations are milliseconds there.
`

/** Options of the constructor that are no settings: only code has them. */
const CODE_ONLY = `## Options of the constructor

The constructor also takes what only code can give:

- \`container\`: the container that the application uses, such as \`fromTypedi(Container)\`. Default: one of its own.
- \`argv\`: the command line to read, without program and script. Default: that of the process, read by \`start()\`.
`

export function settingsPage(settings, { flagOf, variableOf }) {
  const rows = settings.map((setting) => {
    const { name, doc } = setting
    return `| [\`${name}\`](#${name.toLowerCase()}) | ${cell(defaultOf(setting))} | ${cell(doc)} |`
  })
  const sections = settings.map((setting) => section(setting, flagOf(setting.name), variableOf(setting.name)))
  const table = ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
  return [INTRODUCTION, '## All settings', table, ...sections, CODE_ONLY].join('\n\n')
}

function section({ name, kind, doc, details, letter, isCodeOnly, ...setting }, flag, variable) {
  const value = kind.placeholder === null ? '' : ` ${kind.placeholder}`
  const places = isCodeOnly
    ? ['- Only in code or a configuration file']
    : [
        `- Command line: ${letter === undefined ? '' : `\`-${letter}${value}\`, `}\`${flag}${value}\``,
        `- Environment: \`${variable}\``,
      ]
  return [
    `### ${name}`,
    details === undefined ? doc : `${doc} ${details}`,
    [`- Value: ${kind.expected}`, `- Default: ${defaultOf(setting)}`, ...places].join('\n'),
  ].join('\n\n')
}

function cell(text) {
  return text.replaceAll('|', '\\|')
}
