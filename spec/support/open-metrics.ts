/** One family of metrics, with the samples that were read. */
export interface MetricFamily {
  readonly type: string
  readonly unit: string
  readonly help: string
  readonly samples: readonly ReadSample[]
}

export interface ReadSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [''],
  counter: ['_total'],
  histogram: ['_bucket', '_count', '_sum'],
}

interface Growing {
  type: string
  unit: string
  help: string
  samples: ReadSample[]
}

/** Reads OpenMetrics text 1.0.0, and refuses whatever the standard does not allow. */
export function readOpenMetrics(text: string): ReadonlyMap<string, MetricFamily> {
  if (!text.endsWith('# EOF\n')) throw new Error('the text does not end with # EOF')
  const families = new Map<string, Growing>()
  let current = ''
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const [, keyword = '', name = '', rest = ''] = /^# (TYPE|HELP|UNIT) (\S+) (.*)$/.exec(line) ?? []
    if (keyword !== '') {
      if (!NAME.test(name)) throw new Error(`no name of a family: ${name}`)
      if (name !== current && families.has(name)) throw new Error(`the family ${name} is interrupted`)
      current = name
      const family = families.get(name) ?? { type: '', unit: '', help: '', samples: [] }
      families.set(name, family)
      if (family.samples.length > 0) throw new Error(`${keyword} of ${name} behind its samples`)
      const member = keyword.toLowerCase() as 'type' | 'help' | 'unit'
      if (family[member] !== '') throw new Error(`${keyword} of ${name} twice`)
      family[member] = rest
      if (keyword === 'UNIT' && !name.endsWith(`_${rest}`)) throw new Error(`${name} does not end in its unit ${rest}`)
      continue
    }
    if (line.startsWith('#') || line === '') throw new Error(`a line that is not allowed: ${JSON.stringify(line)}`)
    const sample = readSample(line)
    const family = families.get(current)
    const suffixes = (SUFFIXES[family?.type ?? ''] ?? []).map((suffix) => current + suffix)
    if (family === undefined || !suffixes.includes(sample.name)) throw new Error(`${sample.name} is not of ${current}`)
    const key = (each: ReadSample): string => JSON.stringify([each.name, Object.entries(each.labels).sort()])
    if (family.samples.some((each) => key(each) === key(sample))) throw new Error(`a sample twice: ${line}`)
    if (family.type === 'counter' && !(sample.value >= 0)) throw new Error(`a counter below 0: ${line}`)
    family.samples.push(sample)
  }
  for (const [name, { type, samples }] of families) {
    if (type === '') throw new Error(`${name} has no type`)
    if (type === 'histogram') checkHistogram(name, samples)
  }
  return families
}

function readSample(line: string): ReadSample {
  const [, name = '', labels = '', value = ''] =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/.exec(line) ?? []
  if (name === '') throw new Error(`no sample: ${line}`)
  if (labels.endsWith(',')) throw new Error(`a comma behind the last label: ${line}`)
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [
    label,
    text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character)),
  ])
  if (new Set(pairs.map(([label]) => label)).size < pairs.length) throw new Error(`a label twice: ${line}`)
  const number = value === '+Inf' ? Infinity : Number(value)
  if (Number.isNaN(number)) throw new Error(`no number: ${line}`)
  return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: number }
}

/** Buckets grow up to +Inf, which equals the count. */
function checkHistogram(name: string, samples: readonly ReadSample[]): void {
  const groups = new Map<string, ReadSample[]>()
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels
    const key = JSON.stringify(labels)
    groups.set(key, [...(groups.get(key) ?? []), sample])
  }
  for (const [key, group] of groups) {
    const buckets = group.filter((each) => each.name === `${name}_bucket`)
    const bounds = buckets.map(({ labels }) => (labels['le'] === '+Inf' ? Infinity : Number(labels['le'])))
    const sorted = (values: readonly number[]): boolean =>
      values.every((value, i) => i === 0 || value >= (values[i - 1] ?? 0))
    if (bounds.at(-1) !== Infinity || !sorted(bounds) || new Set(bounds).size < bounds.length) {
      throw new Error(`the bounds of ${name}${key} are wrong: ${String(bounds)}`)
    }
    if (!sorted(buckets.map(({ value }) => value))) throw new Error(`the buckets of ${name}${key} fall`)
    const count = group.find((each) => each.name === `${name}_count`)?.value
    if (count === undefined || buckets.at(-1)?.value !== count) throw new Error(`the count of ${name}${key} is wrong`)
    if (!group.some((each) => each.name === `${name}_sum`)) throw new Error(`${name}${key} has no sum`)
  }
}
