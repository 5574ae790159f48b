/**
 * What the charts share: fonts of the reader's system, and colours for light and dark pages. The grey can be read on both, where
 * a viewer does not tell which one it is.
 */
const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #656d76 }
.heading { font-weight: 600 }
.ours { fill: #1f6feb } .other { fill: #8c959f } .range { stroke: #656d76; stroke-width: 1.5 }
polyline { fill: none; stroke-width: 2 } .axis { stroke: #8c959f } .dashed { stroke-dasharray: 5 4 }
polyline.first { stroke: #1f6feb } polyline.second { stroke: #cf5b00 }
text.first { fill: #1f6feb } text.second { fill: #cf5b00 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .range { stroke: #e6edf3 } .ours { fill: #4493f8 }
polyline.first { stroke: #4493f8 } polyline.second { stroke: #f0883e }
text.first { fill: #4493f8 } text.second { fill: #f0883e }
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
