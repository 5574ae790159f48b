import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The files of a page to which it links, by their paths in the repository. Links to other hosts, and within the page, are left out. */
async function linkedFrom(page: string): Promise<string[]> {
  const text = (await readFile(join(root, page), 'utf8')).replace(/^```[\s\S]*?^```$/gm, '')
  const links = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map(
    ([, link, other]) => link ?? other ?? '',
  )
  const files = links.filter((link) => !/^(?:[a-z]+:|#)/.test(link)).map((link) => link.split('#', 1)[0] ?? '')
  return files.map((file) => normalize(join(dirname(page), file)))
}

describe('the files of the package', () => {
  let packed: string[]

  beforeAll(async () => {
    const pack = ['pack', '--dry-run', '--json', '--ignore-scripts']
    const { stdout } = await promisify(execFile)('npm', pack, { cwd: root, maxBuffer: 64 * 1024 * 1024 })
    // A list, or an object by the package's name: that depends on the version of npm.
    const [found] = Object.values(JSON.parse(stdout) as Record<string, { readonly files: { readonly path: string }[] }>)
    packed = found?.files.map(({ path }) => path) ?? []
  }, 60_000)

  it('have the alert rules and the dashboard that docs/operate.md speaks of', () => {
    expect(packed).toEqual(expect.arrayContaining(['samples/observe/alerts.yaml', 'samples/observe/grafana.json']))
  })

  it('link to no file that is not among them', async () => {
    const pages = packed.filter((path) => path.endsWith('.md'))
    expect(pages).toContain('docs/operate.md')
    const missing: string[] = []
    for (const page of pages) {
      for (const file of await linkedFrom(page)) if (!packed.includes(file)) missing.push(`${page}: ${file}`)
    }
    expect(missing).toEqual([])
  })
})
