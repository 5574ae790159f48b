/** What the charts share: colours for light and dark pages, and fonts of the reader's system. */
const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #24292f }
.heading { font-weight: 600 }
.ours { fill: #1f6feb } .other { fill: #8c959f } .range { stroke: #24292f; stroke-width: 1.5 }
.axis { stroke: #8c959f } .first { stroke: #1f6feb; fill: #1f6feb } .second { stroke: #cf5b00; fill: #cf5b00 }
polyline { fill: none !important; stroke-width: 2 } .dashed { stroke-dasharray: 5 4 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .range { stroke: #e6edf3 } .ours { fill: #4493f8 }
.first { stroke: #4493f8; fill: #4493f8 } .second { stroke: #f0883e; fill: #f0883e }
}`

export function svg(title, width, height, body) {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`
  return `${head}\n<title>${escaped(title)}</title>\n<style>${STYLE}\n</style>\n${body}\n</svg>\n`
}

export function text(x, y, content, anchor = 'start', kind = '') {
  const name = kind === '' ? '' : ` class="${kind}"`
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" dominant-baseline="central"${name}>${escaped(content)}</text>`
}

function escaped(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
