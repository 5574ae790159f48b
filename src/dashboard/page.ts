import { createHash } from 'node:crypto'
import type { PageFiles } from './page-files.js'
import { pageFiles } from './page-files.js'

/**
 * Addresses in the page are relative, so that it can be mounted anywhere. They need the slash at the end of the page's own address,
 * which only the browser sees where a proxy takes a prefix away. So a script adds it, and asks for the files of the page then: what
 * stands in the text of a page is asked for before its scripts run. Nothing is drawn before the style is there.
 */
function opening({ entry, style }: PageFiles): string {
  return `{
  const at = new URL(location)
  if (!at.pathname.endsWith('/')) {
    at.pathname += '/'
    history.replaceState(null, '', at)
  }
  const link = (rel, href) => Object.assign(document.createElement('link'), { rel, href })
  const style = link('stylesheet', '${style}')
  const entry = link('modulepreload', '${entry}')
  // Its own address: what a script imports goes by the address that the page had before it.
  style.onload = style.onerror = () => import(entry.href)
  document.head.append(entry, style)
}`
}

const OPENING = opening(pageFiles)

const POLICY = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${createHash('sha256').update(OPENING).digest('base64')}'`,
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='6' fill='none' stroke='%230b57c2' stroke-width='2.5'/%3E%3Ccircle cx='8' cy='8' r='2' fill='%230b57c2'/%3E%3C/svg%3E"

/** The page itself. What it shows, it asks for. */
export function pageResponse(title: string): Response {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
<link rel="icon" href="${ICON}">
</head>
<body>
<div id="app"></div>
<script>${OPENING}</script>
<noscript>This page needs JavaScript. The same is shown by pq ls, pq find, pq show and pq explain.</noscript>
</body>
</html>
`
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
    },
  })
}

const TYPES: Readonly<Record<string, string>> = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' }

/** A file of the page; null: there is none of that name. */
export function fileResponse(name: string): Response | null {
  const text = Object.hasOwn(pageFiles.files, name) ? pageFiles.files[name] : undefined
  if (text === undefined) return null
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  // Its name contains a hash of it.
  return new Response(text, {
    headers: { 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable' },
  })
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${String(character.charCodeAt(0))};`)
}
