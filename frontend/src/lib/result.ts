/** What a validator says: the value, or a sentence about where it is wrong. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string }

export function ok<T>(value: T): Result<T> {
  return { ok: true, value }
}

export function fault(text: string): Result<never> {
  return { ok: false, fault: text }
}
