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
})
