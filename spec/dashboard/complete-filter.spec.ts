import { describe, expect, it } from 'vitest'
import { parseFilter } from '../../lib/operate/filter/parse-filter.js'
import type { KnownNames } from '../../src/dashboard/ui/complete-filter.js'
import { completionsOf } from '../../src/dashboard/ui/complete-filter.js'
import { pathsOf } from '../../src/dashboard/ui/paths-of.js'

const ODD = 'my mail, "all"* of it'
const known: KnownNames = {
  queues: ['mail', 'slow mail', ODD],
  jobs: ['mail.send', 'mail.fail', 'Report'],
  tags: ['nightly'],
  workers: ['host-1'],
  paths: [
    { path: 'args.customer', job: 'mail.send' },
    { path: 'args.customer', job: 'Report' },
    { path: 'args.first name', job: 'mail.send' },
    { path: 'args.items.id', job: 'Report' },
    { path: 'meta.tenant', job: 'mail.fail' },
  ],
}

/** What is offered behind a text, or where its bar is. */
function offered(text: string, names = known): string[] {
  const caret = text.includes('|') ? text.indexOf('|') : text.length
  return (completionsOf(text.replace('|', ''), caret, names)?.options ?? []).map((option) => option.text)
}

/** The filter when its first completion was taken. */
function taken(text: string): string {
  const found = completionsOf(text, text.length, known)
  return text.slice(0, found?.from) + (found?.options[0]?.text ?? '')
}

function refusalOf(filter: string): string {
  try {
    return parseFilter(filter).text
  } catch (error) {
    return String(error)
  }
}

describe('the completion of a filter', () => {
  it('has each key of the grammar', () => {
    const keys = offered('')
    for (const key of keys) {
      const value = key === 'state:' ? 'failed' : '1'
      expect(parseFilter(key.endsWith('.') ? `${key}a:1` : key + value).terms).toHaveLength(1)
    }
    const named = /one of the keys (.*?<path>.*?until)/.exec(refusalOf('nosuch:1'))?.[1]?.split(', ') ?? []
    expect(keys.map((key) => key.replace(/:$/, '').replace(/\.$/, '.<path>')).sort()).toEqual(named.sort())
  })

  it('goes on with what is there', () => {
    expect(offered('st')).toEqual(['state:'])
    expect(offered('state:fail')).toEqual(['failed', 'failure'])
    expect(offered('state:failed -jo')).toEqual(['job:'])
    expect(offered('job:mail.send,mail.f')).toEqual(['mail.fail'])
    expect(offered('tag:')).toEqual(['nightly'])
    expect(offered('worker:h')).toEqual(['host-1'])
    for (const key of ['priority', 'nosuch', 'constructor', '']) expect(offered(`${key}:`)).toEqual([])
  })

  it('finds names by any part, whatever their case', () => {
    expect(offered('job:rep')).toEqual(['Report'])
    expect(offered('job:fail')).toEqual(['mail.fail'])
    expect(offered('queue:mail')).toEqual(['slow mail', ODD].map((name) => `"${name.replaceAll('"', '\\"')}"`))
  })

  it('makes a term of a name that is written without a key', () => {
    expect(offered('mail.')).toEqual(['job:mail.send', 'job:mail.fail'])
    expect(offered('slow')).toEqual(['queue:"slow mail"'])
    expect(offered('fail')).toEqual(['state:failed', 'state:failure'])
  })

  it('offers nothing that is there already, or inside of a word', () => {
    expect(offered('state:failed')).toEqual([])
    expect(offered('job:mail.send')).toEqual([])
    expect(offered('jo|b:mail')).toEqual([])
    expect(offered('st| job:mail')).toEqual(['state:'])
  })

  it('quotes what needs it, also behind a quote that the viewer has opened', () => {
    for (const text of ['queue:my', 'queue:"my ma', "-queue:'my", 'my', 'error:"queue:b c" queue:my']) {
      const term = parseFilter(taken(text)).terms.at(-1)
      expect(term).toMatchObject({ key: 'queue', patterns: [[ODD]] })
    }
  })

  it('knows the paths of arguments', () => {
    expect(offered('args.')).toEqual(['args.customer:', '"args.first name":', 'args.items.id:'])
    expect(offered('"args.first n')).toEqual(['"args.first name":'])
    expect(parseFilter(`${taken('args.f')}Ann`).terms).toMatchObject([{ key: 'args', path: ['first name'] }])
    expect(offered('meta.t')).toEqual(['meta.tenant:'])
  })

  it('knows the paths of the jobs that the filter leaves', () => {
    expect(offered('job:Report args.')).toEqual(['args.customer:', 'args.items.id:'])
    expect(offered('args.| job:Report')).toEqual(['args.customer:', 'args.items.id:'])
    expect(offered('job:mail.* args.')).toEqual(['args.customer:', '"args.first name":'])
    expect(offered('job:mail.fail,Report args.i')).toEqual(['args.items.id:'])
    expect(offered('-job:Report args.')).toEqual(['args.customer:', '"args.first name":'])
    expect(offered('job:mail.send -job:mail.* args.')).toEqual([])
    expect(offered('job: args.')).toEqual(['args.customer:', '"args.first name":', 'args.items.id:'])
  })

  it('offers no paths to who may not see payloads', () => {
    const names = { ...known, paths: null }
    expect(offered('ar', names)).toEqual([])
    expect(offered('args.', names)).toEqual([])
    expect(offered('', names).filter((key) => key.endsWith('.'))).toEqual([])
  })
})

describe('the paths of a value', () => {
  it('are those of its leaves, through lists', () => {
    const value = { customer: 42, items: [{ id: 1 }, { id: 2, note: null }], tags: ['a'], 'a.b': 1, empty: {}, '': 1 }
    expect(pathsOf('args', value)).toEqual(['args.customer', 'args.items.id', 'args.items.note', 'args.tags'])
  })

  it('are few, however large it is', () => {
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${String(i)}`, i]))
    expect(pathsOf('args', wide)).toHaveLength(100)
    let deep: unknown = 1
    for (let i = 0; i < 50; i++) deep = { deep }
    expect(pathsOf('args', deep)).toEqual([])
    expect(pathsOf('args', 5)).toEqual([])
  })
})
