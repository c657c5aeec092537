import { fault, ok, type Result } from './result'

/** Turns something unknown into a T, or says at which path it is not one. */
export type Validator<T> = (given: unknown, path?: string) => Result<T>

export type Valid<V> = V extends Validator<infer T> ? T : never

const at = (path: string): string => (path === '' ? 'the payload' : path)

export const string: Validator<string> = (given, path = '') =>
  typeof given === 'string' ? ok(given) : fault(`${at(path)} is not a text`)

export const number: Validator<number> = (given, path = '') =>
  typeof given === 'number' && Number.isFinite(given) ? ok(given) : fault(`${at(path)} is not a number`)

export const boolean: Validator<boolean> = (given, path = '') =>
  typeof given === 'boolean' ? ok(given) : fault(`${at(path)} is neither true nor false`)

export function nullable<T>(inner: Validator<T>): Validator<T | null> {
  return (given, path = '') => (given === null ? ok(null) : inner(given, path))
}

/** A value that may be left out; then it is the given one. */
export function optional<T>(inner: Validator<T>, otherwise: T): Validator<T> {
  return (given, path = '') => (given === undefined || given === null ? ok(otherwise) : inner(given, path))
}

/** Whatever it is, it is not looked at here. */
export const anything: Validator<unknown> = (given) => ok(given)

export function oneOf<const T extends string>(...values: readonly T[]): Validator<T> {
  return (given, path = '') => {
    const found = values.find((value) => value === given)
    return found === undefined ? fault(`${at(path)} is none of ${values.join(', ')}`) : ok(found)
  }
}

export function list<T>(inner: Validator<T>, least = 0): Validator<readonly T[]> {
  return (given, path = '') => {
    if (!Array.isArray(given)) return fault(`${at(path)} is not a list`)
    if (given.length < least) return fault(`${at(path)} has ${given.length} entries, needs ${least}`)
    const values: T[] = []
    for (const [index, one] of given.entries()) {
      const result = inner(one, `${path}[${index}]`)
      if (!result.ok) return result
      values.push(result.value)
    }
    return ok(values)
  }
}

export function pair<A, B>(first: Validator<A>, second: Validator<B>): Validator<readonly [A, B]> {
  return (given, path = '') => {
    if (!Array.isArray(given) || given.length !== 2) return fault(`${at(path)} is not a pair`)
    const a = first(given[0], `${path}[0]`)
    if (!a.ok) return a
    const b = second(given[1], `${path}[1]`)
    return b.ok ? ok([a.value, b.value]) : b
  }
}

type Shape = Readonly<Record<string, Validator<unknown>>>
type Shaped<S extends Shape> = { readonly [K in keyof S]: Valid<S[K]> }

export function object<S extends Shape>(shape: S): Validator<Shaped<S>> {
  return (given, path = '') => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return fault(`${at(path)} is not an object`)
    const fields = new Map<string, unknown>(Object.entries(given))
    const found: Record<string, unknown> = {}
    for (const [key, validator] of Object.entries(shape)) {
      const result = validator(fields.get(key), path === '' ? key : `${path}.${key}`)
      if (!result.ok) return result
      found[key] = result.value
    }
    // Every key of the shape has just been checked; the type system cannot see a loop do it.
    return ok(found as Shaped<S>)
  }
}

/** A further condition on a value that has the right shape. */
export function such<T>(inner: Validator<T>, condition: (value: T) => string | null): Validator<T> {
  return (given, path = '') => {
    const result = inner(given, path)
    if (!result.ok) return result
    const wrong = condition(result.value)
    return wrong === null ? result : fault(wrong)
  }
}

export function parsed<T>(text: string, validator: Validator<T>): Result<T> {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    return fault('the payload is not JSON')
  }
  return validator(given)
}
