import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { globSync } from 'tinyglobby'
import ts from 'typescript'
import { beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = globSync(['*.md', 'docs/**/*.md', 'samples/**/*.md', 'src/**/*.md', 'lib/README.md', '.github/**/*.md'], {
  cwd: root,
  dot: true,
  ignore: ['docs/api/**', 'CHANGELOG.md'],
}).sort()
const read = (page: string): string => readFileSync(join(root, page), 'utf8')

/** A TypeScript block of a page, as a module beside that page. */
interface Sample {
  readonly file: string
  readonly text: string
  /** Line of the page that is line 0 of the sample. */
  readonly line: number
}

function samplesOf(page: string): Sample[] {
  const text = read(page)
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((block) => {
    const line = text.slice(0, block.index).split('\n').length
    return { file: join(root, `${page}.${String(line)}.ts`), text: `${block[1] ?? ''}export {}\n`, line }
  })
}

/** The generated client that the samples import: that of the tutorial's job is in the samples. */
const CLIENT = join(root, 'samples/typed-client/client.generated.ts')
const GIVEN = join(root, 'spec/house/fixtures/docs-given.d.ts')

/** The compile errors of samples, by page and line. The samples exist only in memory. */
function compile(samples: readonly Sample[]): string[] {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'samples/tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    join(root, 'samples'),
  )
  const relaxed = { ...options, noUnusedLocals: false, noUnusedParameters: false, noImplicitOverride: false }
  const byFile = new Map(samples.map((sample) => [sample.file, sample]))
  const host = ts.createCompilerHost(relaxed)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (file) => byFile.has(resolve(file)) || fileExists.call(host, file)
  host.readFile = (file) => byFile.get(resolve(file))?.text ?? readFile.call(host, file)
  host.getSourceFile = (file, target, ...rest) => {
    const sample = byFile.get(resolve(file))
    return sample
      ? ts.createSourceFile(file, sample.text, target, true)
      : getSourceFile.call(host, file, target, ...rest)
  }
  host.resolveModuleNameLiterals = (literals, containing, _redirected, compilerOptions, source) =>
    literals.map((literal) => {
      if (literal.text.endsWith('client.generated.js'))
        return { resolvedModule: { resolvedFileName: CLIENT, extension: ts.Extension.Ts } }
      const mode = ts.getModeForUsageLocation(source, literal, compilerOptions)
      return ts.resolveModuleName(literal.text, containing, compilerOptions, host, undefined, undefined, mode)
    })
  const program = ts.createProgram({ rootNames: [GIVEN, ...byFile.keys()], options: relaxed, host })
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const sample = file && byFile.get(resolve(file.fileName))
    const within = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    const where = sample ? relative(root, sample.file).replace(/\.\d+\.ts$/, '') : (file?.fileName ?? '')
    return `${where}:${String(within + (sample?.line ?? 0))} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const found = new Set<string>()
  const prose = read(page).replace(/^```[\s\S]*?^```$/gm, '')
  for (const [, heading = ''] of prose.matchAll(/^#+ (.*)$/gm)) {
    const plain = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '')
    const anchor = plain.trim().replaceAll(' ', '-')
    let name = anchor
    for (let n = 1; found.has(name); n++) name = `${anchor}-${String(n)}`
    found.add(name)
  }
  return found
}

/** An address of a file in the repository, by its path there. */
const OF_REPOSITORY =
  /^https:\/\/(?:github\.com\/pulsar-queue\/pulsar-queue\/blob|raw\.githubusercontent\.com\/pulsar-queue\/pulsar-queue)\/main\/(.*)$/

/** The links of a page to files of this repository that are broken. */
function brokenLinks(page: string): string[] {
  const prose = read(page).replace(/^```[\s\S]*?^```$/gm, '')
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links.filter((link) => {
    const inRepository = OF_REPOSITORY.exec(link)?.[1]
    if (inRepository === undefined && /^[a-z]+:/.test(link)) return false
    const [path = '', anchor] = (inRepository ?? link).split('#')
    const folder = inRepository === undefined ? dirname(page) : '.'
    const target = path === '' ? page : relative(root, resolve(root, folder, path))
    if (target.startsWith('..') || !existsSync(join(root, target))) return true
    return anchor !== undefined && !anchorsOf(target).has(anchor)
  })
}

describe('the documentation', () => {
  let diagnostics: string[]

  beforeAll(() => {
    diagnostics = compile(pages.flatMap(samplesOf))
  })

  it('has samples that compile', () => {
    expect(pages.flatMap(samplesOf).length).toBeGreaterThan(20)
    expect(diagnostics).toEqual([])
  })

  it('would fail for a sample that does not compile', () => {
    const file = join(root, 'docs/wrong.md.1.ts')
    const text = "import { PulsarQueue } from 'pulsar-queue'\nnew PulsarQueue({ workers: 'two' })\n"
    expect(compile([{ file, text, line: 10 }])).toEqual([
      expect.stringMatching(/^docs\/wrong\.md:12 .*Type 'string' is not assignable to type 'number'/),
    ])
  })

  it.each(pages)('has no broken link: %s', (page) => {
    expect(brokenLinks(page)).toEqual([])
  })

  it('links from what is in the package to nothing that is not in it, but by an address', () => {
    const { files, repository } = JSON.parse(read('package.json')) as { files: string[]; repository: { url: string } }
    expect(OF_REPOSITORY.test(`${repository.url.slice(4, -4)}/blob/main/x`)).toBe(true)
    // npm adds these two.
    const shipped = new Set([...files, 'README.md', 'LICENSE'])
    const relatives = ['README.md', 'CHANGELOG.md', 'lib/README.md']
      .filter((page) => shipped.has(page))
      .flatMap((page) => [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link))
      .filter((link) => !/^(?:[a-z]+:|#)/.test(link))
    expect(relatives).toContain('LICENSE')
    expect(relatives.filter((link) => !shipped.has(link.replace(/#.*/, '')))).toEqual([])
  })

  it('links to every page from its index', () => {
    const index = read('docs/README.md')
    const unlisted = pages.filter(
      (page) => /^docs\/[^/]+$/.test(page) && page !== 'docs/README.md' && !index.includes(`(${page.slice(5)})`),
    )
    expect(unlisted).toEqual([])
  })
})
