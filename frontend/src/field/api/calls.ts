import { parsed, type Validator } from '../../lib/validation'
import { photoDone, photoState, refusal, replica, verdicts, type PhotoHead, type Push, type Replica, type Verdicts } from './shapes'

/**
 * What a call came to. `unreachable` is worth another try; `signed_out` waits for the person; `refused` will be refused again.
 */
export type Answer<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'same'; readonly server_now: string }
  | { readonly kind: 'signed_out' }
  | { readonly kind: 'unreachable'; readonly broken: boolean; readonly wait_seconds: number }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string }

const ROOT = '/api/v1/field/'
const PATIENCE_MS = 30_000

/** The token that Django gave this browser; it changes at every sign-in, so it is read at every call. */
function token(): string {
  const found = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)
  return found?.[1] ?? ''
}

async function called<T>(address: string, validator: Validator<T>, given: RequestInit = {}): Promise<Answer<T>> {
  const headers = new Headers(given.headers)
  headers.set('Accept', 'application/json')
  if (given.method !== undefined) headers.set('X-CSRFToken', token())
  let response: Response
  let text: string
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    response = await fetch(address, { ...given, headers, signal, cache: 'no-store', credentials: 'same-origin', redirect: 'error' })
    text = await response.text()
  } catch {
    return { kind: 'unreachable', broken: false, wait_seconds: 0 }
  }
  const { status } = response
  if (status === 304) return { kind: 'same', server_now: response.headers.get('Date') ?? '' }
  if (status === 401) return { kind: 'signed_out' }
  if (status >= 500 || status === 429 || status === 408 || status === 425) {
    return { kind: 'unreachable', broken: status === 500, wait_seconds: Number(response.headers.get('Retry-After')) || 0 }
  }
  if (!response.ok) {
    const said = parsed(text, refusal)
    return { kind: 'refused', status, reason: said.ok ? said.value.detail : '' }
  }
  const result = parsed(text, validator)
  // Somebody between us and the server may answer with a page of his own (a hotel's sign-in): that is no answer.
  if (!result.ok) return text.trimStart().startsWith('<') ? { kind: 'unreachable', broken: false, wait_seconds: 0 } : { kind: 'refused', status, reason: result.fault }
  return { kind: 'done', value: result.value }
}

export type Calls = {
  replica(version: string | null): Promise<Answer<Replica>>
  push(body: Push): Promise<Answer<Verdicts>>
  photo(id: string): Promise<Answer<{ readonly have: number; readonly complete: boolean }>>
  part(id: string, offset: number, bytes: ArrayBuffer): Promise<Answer<{ readonly have: number; readonly complete: boolean }>>
  finish(id: string, head: PhotoHead): Promise<Answer<{ readonly complete: boolean }>>
  signOut(): Promise<boolean>
}

const JSON_HEAD = { 'Content-Type': 'application/json' }

export const calls: Calls = {
  replica: (version) => called(`${ROOT}replica`, replica, { headers: version === null ? {} : { 'If-None-Match': `"${version}"` } }),
  push: (body) => called(`${ROOT}push`, verdicts, { method: 'POST', headers: JSON_HEAD, body: JSON.stringify(body) }),
  photo: (id) => called(`${ROOT}photos/${id}`, photoState),
  part: (id, offset, bytes) =>
    called(`${ROOT}photos/${id}/parts/${offset}`, photoState, { method: 'PUT', headers: { 'Content-Type': 'application/octet-stream' }, body: bytes }),
  finish: (id, head) => called(`${ROOT}photos/${id}/finish`, photoDone, { method: 'POST', headers: JSON_HEAD, body: JSON.stringify(head) }),
  async signOut() {
    try {
      const body = new URLSearchParams({ csrfmiddlewaretoken: token() })
      const response = await fetch('/account/logout/', { method: 'POST', body, credentials: 'same-origin', redirect: 'manual' })
      return response.type === 'opaqueredirect' || response.ok
    } catch {
      return false
    }
  },
}
