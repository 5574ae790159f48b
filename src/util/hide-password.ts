/**
 * A URL as it may be shown: whatever stands between the user's name and the host is hidden, and so are query parameters
 * that hold a secret. Works inside other text too.
 */
export function hidePassword(url: string): string {
  return url
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^:@/?#]*):.*@/i, '$1:***@')
    .replace(/([?&][^=&#]*(?:pass|password|secret|token|auth)[^=&#]*=)[^&#]*/gi, '$1***')
}
