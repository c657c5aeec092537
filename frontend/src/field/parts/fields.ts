import { readFen, writtenFen } from '../../lib/money'
import { button, h } from './dom'

let made = 0
const nextId = (): string => `fd-${(made += 1)}`

type Field = { readonly label: string; readonly help?: string }

function framed(field: Field, id: string, control: HTMLElement): HTMLElement {
  const help = field.help === undefined ? null : h('p', { class: 'fd-help', id: `${id}-help` }, field.help)
  if (help !== null) control.setAttribute('aria-describedby', help.id)
  return h('div', { class: 'fd-field' }, h('label', { for: id, class: 'fd-label' }, field.label), help, control)
}

export function textField(field: Field & { readonly value: string; readonly most: number; readonly rows?: number }, typed: (text: string) => void): HTMLElement {
  const id = nextId()
  const control = h('textarea', { id, class: 'fd-input', rows: field.rows ?? 3, maxlength: field.most, oninput: () => typed(control.value) })
  control.value = field.value
  return framed(field, id, control)
}

export function dayField(field: Field & { readonly value: string; readonly from: string; readonly until?: string }, chosen: (day: string) => void): HTMLElement {
  const id = nextId()
  const control = h('input', { id, class: 'fd-input', type: 'date', min: field.from, max: field.until ?? false, onchange: () => chosen(control.value) })
  control.value = field.value
  return framed(field, id, control)
}

export type Option = { readonly value: string; readonly title: string }

export function selectField(field: Field & { readonly value: string; readonly options: readonly Option[] }, chosen: (value: string) => void): HTMLElement {
  const id = nextId()
  const control = h('select', { id, class: 'fd-input', onchange: () => chosen(control.value) })
  for (const { value, title } of field.options) control.append(h('option', { value, selected: value === field.value }, title))
  return framed(field, id, control)
}

/** An amount of money with at most two places, or nothing; what is neither is told below the field and nothing of it is kept. */
export function moneyField(
  field: Field & { readonly value: number | undefined; readonly wrong: string },
  typed: (fen: number | undefined) => string,
): HTMLElement {
  const id = nextId()
  const control = h('input', { id, class: 'fd-input fd-number', type: 'text', inputmode: 'decimal', autocomplete: 'off', maxlength: 9 })
  control.value = field.value === undefined ? '' : writtenFen(field.value)
  const said = h('p', { class: 'fd-help', role: 'status' })
  const check = (): void => {
    const text = control.value.trim()
    const fen = readFen(text)
    const isWrong = text !== '' && fen === undefined
    control.setAttribute('aria-invalid', String(isWrong))
    said.textContent = isWrong ? field.wrong : typed(fen)
  }
  control.addEventListener('input', check)
  const framedField = framed(field, id, control)
  framedField.append(said)
  return framedField
}

/** A whole number, or nothing; the two large buttons save the keyboard. */
export function countField(
  field: Field & { readonly value: number | undefined; readonly less: string; readonly more: string },
  counted: (value: number | undefined) => void,
): HTMLElement {
  const id = nextId()
  const control = h('input', { id, class: 'fd-input fd-number', type: 'text', inputmode: 'numeric', autocomplete: 'off', maxlength: 5 })
  control.value = field.value === undefined ? '' : String(field.value)
  const read = (): number | undefined => (/^\d+$/.test(control.value) ? Number(control.value) : undefined)
  const write = (value: number): void => {
    control.value = String(Math.max(0, value))
    counted(read())
  }
  control.addEventListener('input', () => {
    control.value = control.value.replace(/\D/g, '')
    counted(read())
  })
  const step = h(
    'div',
    { class: 'fd-stepper' },
    button('−', () => write((read() ?? 0) - 1), 'fd-plain', { 'aria-label': `${field.label}: ${field.less}` }),
    control,
    button('+', () => write((read() ?? 0) + 1), 'fd-plain', { 'aria-label': `${field.label}: ${field.more}` }),
  )
  const help = field.help === undefined ? null : h('span', { class: 'fd-help', id: `${id}-help` }, field.help)
  if (help !== null) control.setAttribute('aria-describedby', help.id)
  return h('div', { class: 'fd-countline' }, h('span', { class: 'fd-countname' }, h('label', { for: id }, field.label), help), step)
}

type Choices = Field & { readonly options: readonly Option[]; readonly chosen: readonly string[]; readonly several: boolean }

/** Large rows to tap: one of several, or as many as apply. */
export function choiceField(field: Choices, chose: (values: readonly string[]) => void): HTMLElement {
  const name = nextId()
  const boxes = field.options.map(({ value, title }) => {
    const control = h('input', { type: field.several ? 'checkbox' : 'radio', name, value, checked: field.chosen.includes(value) })
    return { control, row: h('label', { class: 'fd-choice' }, control, h('span', {}, title)) }
  })
  const group = h('fieldset', { class: 'fd-choices' }, h('legend', { class: 'fd-label' }, field.label), ...boxes.map(({ row }) => row))
  group.addEventListener('change', () => chose(boxes.filter(({ control }) => control.checked).map(({ control }) => control.value)))
  return group
}

export function checkField(label: string, checked: boolean, changed: (checked: boolean) => void): HTMLElement {
  const control = h('input', { type: 'checkbox', checked, onchange: () => changed(control.checked) })
  return h('label', { class: 'fd-choice' }, control, h('span', {}, label))
}

export function searchField(label: string, typed: (text: string) => void): HTMLElement {
  const id = nextId()
  const control = h('input', { id, class: 'fd-input', type: 'search', autocomplete: 'off', oninput: () => typed(control.value.trim()) })
  return framed({ label }, id, control)
}
