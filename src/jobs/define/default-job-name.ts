/** The default name of a job class: its name in words, acronyms together, joined by dots. `HTTPFetch` is `http.fetch`. */
export function defaultJobName(className: string): string {
  return className
    .replace(/([a-z0-9])([A-Z])/g, '$1.$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1.$2')
    .replace(/_+/g, '.')
    .replace(/^\.|\.$/g, '')
    .toLowerCase()
}
