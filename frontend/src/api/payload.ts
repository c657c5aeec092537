import { fault, type Result } from '../lib/result'
import { parsed, type Validator } from '../lib/validation'

/** The payload of a picture from our own server; never from anywhere else. */
export async function payload<T>(address: string, validator: Validator<T>): Promise<Result<T>> {
  const url = new URL(address, location.href)
  if (url.origin !== location.origin) return fault('the address leads to another server')
  try {
    const response = await fetch(url, { headers: { Accept: 'application/json' }, credentials: 'same-origin' })
    return response.ok ? parsed(await response.text(), validator) : fault(`the server answered ${response.status}`)
  } catch {
    return fault('the server could not be reached')
  }
}
