/**
 * A URL without its secrets, for logs and errors: the password and the query parameters with secrets are replaced by `***`.
 * The URL may be a part of a longer text.
 */
export function hidePassword(url: string): string {
  return url
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^:@/?#]*):.*@/i, '$1:***@')
    .replace(/([?&][^=&#]*(?:pass|password|secret|token|auth)[^=&#]*=)[^&#]*/gi, '$1***')
}
