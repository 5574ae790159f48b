import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { shellWord } from '../../lib/util/shell-word.js'

it.skipIf(process.platform === 'win32')('a word of a shell is what it was made of', () => {
  const unit = fc.constantFrom('a', ' ', "'", '"', '$', '`', '\\', '*', '~', '!', '#', '&', '\n', 'ö', '-', '=')
  const words = fc.sample(fc.string({ unit, maxLength: 6 }), 500)
  const command = `printf '%s\\0' ${words.map(shellWord).join(' ')}`
  expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' }).split('\0').slice(0, -1)).toEqual(words)
})

it('a word that a shell leaves alone has no quotes', () => {
  expect(['mail', 'job:mail.send', '2h', 'a_b-c/d@e', 'i1~2'].map(shellWord)).toEqual([
    'mail',
    'job:mail.send',
    '2h',
    'a_b-c/d@e',
    'i1~2',
  ])
})
