/* What was typed into a form survives a dead session: it is kept in this tab until the form has been sent. */

import { parsed, list, object, pair, string, boolean } from '../lib/validation'

const PREFIX = 'lx-kept:'
const kept = object({ sent: boolean, fields: list(pair(string, string)) })

const UNKEPT = new Set(['password', 'file', 'hidden', 'submit', 'button'])

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

function controls(form: HTMLFormElement): readonly Control[] {
  return [...form.elements].filter(
    (one): one is Control =>
      (one instanceof HTMLInputElement || one instanceof HTMLSelectElement || one instanceof HTMLTextAreaElement) &&
      one.name !== '' &&
      !UNKEPT.has(one.type),
  )
}

const keyOf = (form: HTMLFormElement): string => PREFIX + (form.dataset['lxKeep'] ?? '')

function write(form: HTMLFormElement, sent: boolean): void {
  const fields = controls(form).flatMap((one): (readonly [string, string])[] => {
    if (one instanceof HTMLInputElement && (one.type === 'checkbox' || one.type === 'radio')) return one.checked ? [[one.name, one.value]] : []
    if (one instanceof HTMLSelectElement) return [...one.selectedOptions].map((option) => [one.name, option.value])
    return [[one.name, one.value]]
  })
  try {
    sessionStorage.setItem(keyOf(form), JSON.stringify({ sent, fields }))
  } catch {
    // Storage may be full or forbidden; the form then keeps nothing.
  }
}

function restore(form: HTMLFormElement): void {
  const text = sessionStorage.getItem(keyOf(form))
  // A form that came back with faults holds what was typed already.
  if (text === null || form.querySelector('[data-lx-focus]') !== null) return
  const state = parsed(text, kept)
  if (!state.ok) return
  const values = new Map<string, string[]>()
  for (const [name, value] of state.value.fields) values.set(name, [...(values.get(name) ?? []), value])
  for (const one of controls(form)) {
    const own = values.get(one.name) ?? []
    if (one instanceof HTMLInputElement && (one.type === 'checkbox' || one.type === 'radio')) one.checked = own.includes(one.value)
    else if (one instanceof HTMLSelectElement) for (const option of one.options) option.selected = own.includes(option.value)
    else if (own[0] !== undefined) one.value = own[0]
  }
}

/** After a form was sent and another page came, what was kept is no longer wanted; the sign-in page does not count. */
function forgetSent(present: ReadonlySet<string>): void {
  if (document.querySelector('input[type="password"]') !== null) return
  for (const key of Object.keys(sessionStorage)) {
    if (!key.startsWith(PREFIX) || present.has(key)) continue
    const state = parsed(sessionStorage.getItem(key) ?? '', kept)
    if (!state.ok || state.value.sent) sessionStorage.removeItem(key)
  }
}

export function keepForms(): void {
  const formOf = (event: Event): HTMLFormElement | null =>
    event.target instanceof Element ? event.target.closest<HTMLFormElement>('form[data-lx-keep]') : null
  try {
    const forms = [...document.querySelectorAll<HTMLFormElement>('form[data-lx-keep]')]
    forgetSent(new Set(forms.map(keyOf)))
    for (const form of forms) restore(form)
  } catch {
    return
  }
  document.addEventListener('input', (event) => {
    const form = formOf(event)
    if (form !== null) write(form, false)
  })
  document.addEventListener('submit', (event) => {
    const form = formOf(event)
    if (form !== null) write(form, true)
  })
}
