/** `npm run demo`, on a fresh clone too: installs and builds where that is needed, then runs samples/demo. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

if (!existsSync(`${root}/node_modules/typescript`)) run('npm', ['ci', '--no-audit', '--no-fund'])
run('npm', ['run', '--silent', 'build'])
if (!existsSync(`${root}/samples/demo/client.generated.ts`)) {
  const files = ['--jobs', 'samples/demo/jobs/*.ts', '--out', 'samples/demo/client.generated.ts']
  run(process.execPath, ['lib/cli/pq.js', 'generate', ...files])
}
run(process.execPath, ['--import', 'jiti/register', 'samples/demo/demo.ts', ...process.argv.slice(2)])

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
