import { describe, expect, it } from 'vitest'
import { cutText, startOf } from '../../lib/util/cut-text.js'

describe('a text that is cut', () => {
  it.each([
    ['short', 'short'],
    ['1234567890', '1234567890'],
    ['12345678901', '1234567890'],
    ['äöüäöüä', 'äöüäö'],
    ['123456789ä', '123456789'],
    ['1234567€', '1234567€'],
    ['12345678€', '12345678'],
    ['123456😀', '123456😀'],
    ['1234567😀', '1234567'],
    // The first unit of a pair is the last one that could fit.
    ['123456789😀', '123456789'],
  ])('%s has at most ten bytes, and no half of a character', (text, cut) => {
    expect(cutText(text, 10)).toBe(cut)
  })

  it.each([
    ['short', 'short'],
    ['12345678901', '1234567890'],
    ['123456789😀', '123456789'],
    ['12345678😀', '12345678😀'],
    ['12345678😀😀', '12345678😀'],
    // Half of a character that it had before stays.
    ['123456789\ud83d', '123456789\ud83d'],
  ])('%j has at most ten units where those count', (text, start) => {
    expect(startOf(text, 10)).toBe(start)
  })
})
