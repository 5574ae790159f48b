import { computed, signal } from '@preact/signals'

/** Where the page is: the part of the address after `#`. So no path has to be configured, wherever the page is mounted. */
export interface Route {
  /** `#/queues/mail` is `['queues', 'mail']`. */
  readonly path: readonly string[]
  readonly query: URLSearchParams
}

const hash = signal(location.hash)
addEventListener('hashchange', () => {
  hash.value = location.hash
})

export const route = computed<Route>(() => {
  const [path = '', query = ''] = hash.value.replace(/^#\/?/, '').split('?', 2)
  return { path: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(query) }
})

/** The address of a page. Empty values are left out. */
export function hrefOf(path: readonly string[], query: Readonly<Record<string, string | number | null>> = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return `#/${path.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`
}

export function goTo(href: string): void {
  location.hash = href
}

/** Changes the query of the present page without a new entry in the history. */
export function replaceQuery(changes: Readonly<Record<string, string | null>>): void {
  const { path, query } = route.value
  const href = hrefOf(path, { ...Object.fromEntries(query), ...changes })
  history.replaceState(null, '', href)
  hash.value = href
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
