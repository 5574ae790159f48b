/**
 * `npm run check:fast`: what most changes break, in under a minute on two cores. Two steps run at a time, with the caches of
 * the tools: a full `npm run check` uses none, and has the slower specs.
 */
import { runSteps } from './run-steps.mjs'

const cache = 'node_modules/.cache'
const eslint = `eslint --max-warnings 0 --cache --cache-location ${cache}/eslint/ .`
const incremental = (project) =>
  `tsc -p ${project}/tsconfig.json --incremental --tsBuildInfoFile ${cache}/types/${project}.tsbuildinfo`

/** Each step: the steps before it, and its command. Specs and samples take their types from lib. */
const steps = {
  build: [[], 'npm run --silent build'],
  format: [[], 'prettier --check --log-level warn --cache .'],
  docs: [[], 'npm run --silent docs:check'],
  imports: [[], 'npm run --silent imports'],
  specs: [['build'], 'vitest run --project unit'],
  // The cache does not know of types in other files: what it reports is looked at anew.
  lint: [['build'], `${eslint} || { rm -rf ${cache}/eslint && ${eslint}; }`],
  types: [['build'], `${incremental('spec')} && ${incremental('samples')}`],
  api: [['build'], 'npm run --silent api:check'],
}

await runSteps(steps)
