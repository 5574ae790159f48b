import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt)
const COST = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }
const LENGTH = 32
const FORM = /^scrypt:([\w-]{16,}):([\w-]{43})$/

/** A hash of a password, as `auth.basic` takes it. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, LENGTH, COST)
  return `scrypt:${salt.toString('base64url')}:${hash.toString('base64url')}`
}

export function isPasswordHash(text: string): boolean {
  return FORM.test(text)
}

/** Takes the same time for every password. A hash that is absent takes as long as another one. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, salt = '', expected = ''] = FORM.exec(hash ?? '') ?? []
  const derived = await derive(password, Buffer.from(salt, 'base64url'), LENGTH, COST)
  return hash !== undefined && isEqual(derived.toString('base64url'), expected)
}

/** Compares two texts in a time that tells nothing of them. */
export function isEqual(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
