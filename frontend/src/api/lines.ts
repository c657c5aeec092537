import { fault, type Result } from '../lib/result'
import { list, number, object, optional, pair, parsed, string, type Valid } from '../lib/validation'

/** What the server says of lines sent: which are saved, why others are not, and how far the sheet is (-1 where it does not say). */
export const linesAnswer = object({
  refused: optional(string, ''),
  saved: optional(list(number), []),
  wrong: optional(list(pair(number, string)), []),
  to_do: optional(number, -1),
  entered: optional(number, -1),
  accepted: optional(number, -1),
})
export type LinesAnswer = Valid<typeof linesAnswer>

/** `signed_out` is a fault of its own: what was typed must wait until somebody signs in again. */
export const SIGNED_OUT = 'signed out'

/** Send numbers of one's own sheet. The server answers in words also where it refuses; anything else is a fault. */
export async function sendLines(address: string, fields: readonly (readonly [string, string])[], token: string): Promise<Result<LinesAnswer>> {
  try {
    const response = await fetch(address, {
      method: 'POST',
      body: new URLSearchParams(fields.map(([name, value]) => [name, value])),
      headers: { Accept: 'application/json', 'X-CSRFToken': token },
      credentials: 'same-origin',
    })
    if ((response.headers.get('Content-Type') ?? '').includes('json')) return parsed(await response.text(), linesAnswer)
    return fault(response.redirected || response.status === 403 ? SIGNED_OUT : `the server answered ${response.status}`)
  } catch {
    return fault('the server could not be reached')
  }
}
