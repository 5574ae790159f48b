/** Names that every object has, or that would make the client look like a promise. */
const RESERVED = new Set([
  'then',
  'catch',
  'finally',
  'many',
  'constructor',
  'prototype',
  'toString',
  'toLocaleString',
  'toJSON',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  '__proto__',
])

/** @returns the name of the client's method for a job: `extract.docx` → `extractDocx` */
export function methodName(jobName: string): string {
  return jobName
    .split(/[._-]+/)
    .filter((word) => word !== '')
    .map((word, i) => (i === 0 ? word.slice(0, 1).toLowerCase() : word.slice(0, 1).toUpperCase()) + word.slice(1))
    .join('')
}

/** @returns the reason why a job's name cannot be a method, with the fix; null when it can */
export function methodNameProblem(jobName: string, method: string): string | null {
  if (RESERVED.has(jobName) || RESERVED.has(method)) {
    return `the client cannot have a method ${JSON.stringify(method)}; name the job otherwise: @Job({ name: '...' })`
  }
  if (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(method)) return null
  return `${JSON.stringify(jobName)} makes no method name; use letters and digits, joined by dots`
}
