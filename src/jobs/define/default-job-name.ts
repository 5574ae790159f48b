/** The default name of a job: the words of the class name, joined by dots. `HTTPFetch` becomes `http.fetch`. */
export function defaultJobName(className: string): string {
  return className
    .replace(/([a-z0-9])([A-Z])/g, '$1.$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1.$2')
    .replace(/_+/g, '.')
    .replace(/^\.|\.$/g, '')
    .toLowerCase()
}
