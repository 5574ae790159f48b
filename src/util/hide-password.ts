/** `scheme://user:password@` */
const IN_URL = /([a-z][a-z0-9+.-]*:\/\/[^:@/?#\s]*):.*@/gi
/** The same of a store, mistyped: `redis//:password@`, `redis:/user:password@`. */
const IN_MISTYPED_URL = /\b(redis[\w+]*(?!:\/\/)[:/\\]+[^:@\s]*?):\S*@/gi
/** `user:password@`, wherever it stands; nothing with a slash, which is a path: `file:///node_modules/@scope`. */
const BEFORE_HOST = /([^\s:@/\\?#"'`]*):[^\s@/\\?#"'`]+@/g
/** A parameter of a URL. */
const PARAMETER = /([?&])([^=&#]*)=[^&#]*/g
/** A parameter of a URL in a text. Names have an end, so that a long text takes time in proportion to its length. */
const PARAMETER_IN_TEXT = /([?&])([\w.%-]{1,64})=[^\s&#"'`<>]*/g
/** What the names of parameters with secrets have in them, also where they are mistyped. */
const SECRET_NAME = /pass|pasw|pwd|secret|token|auth|credential/i

/**
 * A URL without its secrets, for logs and errors: the password and the query parameters with secrets are replaced by `***`.
 * The URL may be a part of a longer text, and it may be mistyped.
 */
export function hidePassword(url: string): string {
  return [IN_URL, IN_MISTYPED_URL, BEFORE_HOST]
    .reduce((text, pattern) => text.replace(pattern, '$1:***@'), url)
    .replace(PARAMETER, shownParameter(isSecretName))
}

/**
 * `://user:password@`, where nothing of it may stand in a path or in another word. It begins with a text that no other part of it
 * matches, so that a long text takes time in proportion to its length: the texts are those of jobs.
 */
const CREDENTIALS = /(:\/\/[^\s:@/?#]*):[^\s@/?#]+@/g

/** Any text without the passwords of URLs in it. Everything else in it stays as it is. */
export function hidePasswordsOfUrls(text: string): string {
  if (!text.includes('://')) return text
  return hideParameters(text.replace(CREDENTIALS, '$1:***@'), isSecretName)
}

/** A text whose URLs have `***` in place of the values of some parameters. @param isSecret - told the name */
export function hideParameters(text: string, isSecret: (name: string) => boolean): string {
  return text.replace(PARAMETER_IN_TEXT, shownParameter(isSecret))
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

/** What stands in place of a parameter: itself, unless it is secret. */
function shownParameter(isSecret: (name: string) => boolean): (whole: string, mark: string, name: string) => string {
  return (whole, mark, name) => (isSecret(name) ? `${mark}${name}=***` : whole)
}
