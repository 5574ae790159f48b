/** docs/cli.md, from the model that commander has of `pq`. */

const INTRODUCTION = `# Command line

<!-- Written by \`npm run docs\` from src/cli. Change the help texts there, not this page. -->

The package installs the command \`pq\`. In a project, run it as \`npx pq\`; what serves, as \`node_modules/.bin/pq start\`:
a signal to npx ends npx before \`pq\` has stopped.`

const SETTINGS_GROUP = /^Settings/

export function cliPage(program) {
  const commands = program.commands.map((command) => section(command))
  return [INTRODUCTION, overview(program), ...commands].join('\n\n')
}

function overview(program) {
  const rows = program.commands.map(
    (command) => `| [\`pq ${command.name()}\`](#pq-${command.name()}) | ${command.description()} |`,
  )
  return [['| command | meaning |', '| --- | --- |', ...rows].join('\n'), textBelow(program)].join('\n\n')
}

function section(command) {
  const help = command.createHelp()
  const options = help.visibleOptions(command)
  const settings = options.filter(({ helpGroupHeading }) => SETTINGS_GROUP.test(helpGroupHeading ?? ''))
  const own = options.filter((option) => !settings.includes(option))
  const rows = [
    ...help.visibleArguments(command).map((each) => [usageOf(each), withDefault(each)]),
    ...own.map((each) => [each.flags, withDefault(each)]),
  ]
  const parts = [
    `## pq ${command.name()}`,
    command.description(),
    ['```text', `pq ${command.name()} ${command.usage()}`, '```'].join('\n'),
    ['| option | meaning |', '| --- | --- |', ...rows.map(([name, text]) => `| \`${name}\` | ${escaped(text)} |`)].join(
      '\n',
    ),
  ]
  if (settings.length > 0) {
    const flags = settings.map(({ flags: text }) => `\`${text}\``).join(', ')
    parts.push(`[Settings](settings.md) as options: ${flags}.`)
  }
  return [...parts, textBelow(command)].join('\n\n')
}

function usageOf(argument) {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${name}>` : `[${name}]`
}

function withDefault({ description, defaultValue }) {
  return defaultValue === undefined ? description : `${description} (default: ${JSON.stringify(defaultValue)})`
}

/** Notes, examples and exit codes: what the help of the command has below its options. */
function textBelow(command) {
  let text = ''
  command.emit('afterHelp', { error: false, command, write: (part) => (text += part) })
  const [before, rest] = text.split(/^Examples?:\n/m)
  const [examples, after] = rest.split(/^(?=Exit codes:)/m)
  const lines = examples
    .trim()
    .split('\n')
    .map((line) => line.replace(/^ {2}(?:\$ )?/, ''))
  return [escaped(before.trim()), ['```sh', ...lines, '```'].join('\n'), after.trim()]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** Angle brackets of a placeholder are no HTML. */
function escaped(text) {
  return text
    .replaceAll('<', '\\<')
    .replaceAll('|', '\\|')
    .replaceAll(/(?<!`)\[(\w+=?)/g, '\\[$1')
}
