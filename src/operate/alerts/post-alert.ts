import { http } from '../../jobs/http.js'
import type { Alert } from '../../model/alert.js'
import type { WebhookTarget } from '../../model/alert-rules.js'
import { errorMessage, member } from '../../util/thrown.js'

/** A target that will never take an alert. */
export class RefusedAlert extends Error {}

/** Answers after which another try may be taken: too many requests, and a server in trouble. */
function mayPass(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

/**
 * Posts an alert as JSON. Slack shows its `text`, in which nothing is a mention or a link.
 *
 * @throws {@link RefusedAlert}; Error. Neither names more of the address than its host: the rest is a secret
 */
export async function postAlert(
  { webhook, headers = {} }: WebhookTarget,
  alert: Alert,
  signal: AbortSignal,
): Promise<void> {
  const { host } = new URL(webhook)
  const response = await answerOf(host, async () => {
    return await http.fetch(webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ ...alert, text: escaped(alert.text) }),
      redirect: 'manual',
      signal,
    })
  })
  await response.body?.cancel().catch(() => undefined)
  if (response.ok) return
  const says = `the webhook at ${host} has answered ${String(response.status)}`
  throw mayPass(response.status) ? new Error(says) : new RefusedAlert(says)
}

async function answerOf(host: string, ask: () => Promise<Response>): Promise<Response> {
  try {
    return await ask()
  } catch (error) {
    const cause = member(error, 'cause') ?? error
    // The message of a failed fetch may have the address.
    const code = member(cause, 'code') ?? member(cause, 'name')
    const reason = typeof code === 'string' ? code : errorMessage(cause)
    // eslint-disable-next-line preserve-caught-error -- whoever prints the cause would print the address
    throw new Error(`the webhook at ${host} does not answer: ${reason}`)
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
