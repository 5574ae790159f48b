/** Tables and numbers as Markdown. */

export function table([head, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n')
}

export function number(value) {
  if (value === 0) return '0'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(Math.abs(value) >= 1 ? 2 : 3)
}

/** The median, with the least and the most where there was more than one round. */
export function spread(summary, rounds) {
  if (summary === null) return '–'
  const { median, min, max } = summary
  return rounds > 1 ? `**${number(median)}** [${number(min)}–${number(max)}]` : `**${number(median)}**`
}

/** 'a', 'a and b', 'a, b and c'. */
export function listed(texts) {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`
}

/** On what a part was measured, as a sentence. */
export function measuredOn({ cpu, memory, node, redis, date }, rounds) {
  const server = redis === '' ? '' : `, Redis ${redis} on the loopback interface`
  const often = rounds === 1 ? 'one round' : `medians of ${rounds} rounds, with the least and the most in brackets`
  return `Measured on ${date}: ${cpu}, ${memory}, Node ${node}${server}; ${often}.`
}
