/** `npm run check:static`: all checks of a build but the specs. The longest comes first, so that both cores end at about the same time. */
import { runSteps } from './run-steps.mjs'

const command = (script) => [[], `npm run --silent ${script}`]

await runSteps({
  lint: command('lint'),
  types: command('types'),
  format: command('format:check'),
  api: command('api:check'),
  docs: command('docs:check'),
  package: command('package:check'),
})
