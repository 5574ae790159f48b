import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { pageFiles } from '../../lib/dashboard/page-files.js'

const sizeOf = (...names: readonly string[]): number =>
  names.reduce((sum, name) => sum + gzipSync(pageFiles.files[name] ?? '').length, 0)

describe('the page of the dashboard', () => {
  it('is small: 35 kB before its charts, 60 kB with them, 8 kB of style', () => {
    const { entry, style, files } = pageFiles
    expect(sizeOf(entry)).toBeLessThanOrEqual(35_000)
    expect(sizeOf(...Object.keys(files).filter((name) => name.endsWith('.js')))).toBeLessThanOrEqual(60_000)
    expect(sizeOf(style)).toBeLessThanOrEqual(8_000)
  })
  it('has the licence of each package that is in it', async () => {
    const text = await readFile('lib/dashboard/page-files.js', 'utf8')
    const [comments = ''] = text.split('export const')
    const names = [...comments.matchAll(/contains (\S+) [\d.]+:\n\n.*MIT/g)].map(([, name]) => name)
    expect(names).toEqual(['@preact/signals', '@preact/signals-core', 'preact', 'uplot'])
    expect(comments.match(/^Copyright|^The MIT License \(MIT\)/gm)?.length).toBeGreaterThanOrEqual(4)
  })
})
