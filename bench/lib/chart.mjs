/** A bar chart as SVG, readable on light and dark pages. */
const WIDTH = 720
const BAR = 22
const GAP = 10
const LABEL = 190
const VALUE = 110

/** @param bars - label, median, min and max of each */
export function chart(title, bars) {
  const most = Math.max(...bars.map(({ max }) => max))
  const scale = (value) => (value / most) * (WIDTH - LABEL - VALUE)
  const rows = bars.map(({ label, median, min, max }, i) => {
    const y = 40 + i * (BAR + GAP)
    const own = label.startsWith('pulsar-queue')
    const middle = y + BAR / 2
    return [
      `<text x="${LABEL - 10}" y="${middle}" text-anchor="end" dominant-baseline="central">${label}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${scale(median).toFixed(1)}" height="${BAR}" fill="${own ? '#2f7ed8' : '#9aa5b1'}"/>`,
      `<line x1="${(LABEL + scale(min)).toFixed(1)}" x2="${(LABEL + scale(max)).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="#555" stroke-width="2"/>`,
      `<text x="${(LABEL + scale(max) + 8).toFixed(1)}" y="${middle}" dominant-baseline="central">${shown(median)}</text>`,
    ].join('\n')
  })
  const height = 50 + bars.length * (BAR + GAP)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">
<style>text { font: 13px system-ui, sans-serif; fill: #333 } @media (prefers-color-scheme: dark) { text { fill: #ddd } line { stroke: #bbb } }</style>
<text x="0" y="20" font-weight="600">${title}</text>
${rows.join('\n')}
</svg>
`
}

function shown(value) {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
