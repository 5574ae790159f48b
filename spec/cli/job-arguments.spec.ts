import { describe, expect, it } from 'vitest'
import { readJobArguments } from '../../lib/cli/job-arguments.js'

describe('arguments on the command line', () => {
  it('are JSON where they parse as JSON, else text', () => {
    expect(
      readJobArguments(['a=4', 'b=[1,{"c":2}]', 'name=Ann Lee', 'ok=true', 'url=http://x/?y=1', 'none='], []),
    ).toEqual({
      a: 4,
      b: [1, { c: 2 }],
      name: 'Ann Lee',
      ok: true,
      url: 'http://x/?y=1',
      none: '',
    })
  })

  it('are text where the manifest says so', () => {
    const parameters = [{ name: 'phone', check: 'string' as const }]
    expect(readJobArguments(['phone=49'], parameters)).toEqual({ phone: '49' })
    expect(readJobArguments(['phone="49"'], parameters)).toEqual({ phone: '49' })
  })

  it('can have any name', () => {
    expect(Object.keys(readJobArguments(['__proto__=1'], []))).toEqual(['__proto__'])
  })

  it('are refused without a key', () => {
    expect(() => readJobArguments(['4'], [])).toThrow('expected an argument such as key=value, got "4"')
    expect(() => readJobArguments(['=4'], [])).toThrow('key=value')
  })

  it('refuses a number that would be rounded', () => {
    for (const lost of ['12345678901234567890', '[1,{"a":9007199254740993}]', '1e999']) {
      expect(() => readJobArguments([`a=${lost}`], [])).toThrow(/expected a to have numbers .*quote it twice/)
    }
    expect(readJobArguments(['a=1152921504606846976', 'b="12345678901234567890"', 'c=0.1'], [])).toEqual({
      a: 2 ** 60,
      b: '12345678901234567890',
      c: 0.1,
    })
  })
})
