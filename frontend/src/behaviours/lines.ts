/* The lines of a forecast: typed one after the other by keyboard, saved one by one, kept on the device until the server has them. */

import { SIGNED_OUT, sendLines, type LinesAnswer } from '../api/lines'
import { list, object, optional, parsed, string, type Valid } from '../lib/validation'

const PREFIX = 'lx-lines:'
const RETRY_AFTER = 20_000

// `rests`: ids of what a suggestion that was taken was made from, with spaces between.
const line = object({ line: string, units: string, reason: string, words: string, rests: optional(string, '') })
const waiting = list(line)
type Line = Valid<typeof line>

const input = (row: HTMLElement, name: string): HTMLInputElement | HTMLSelectElement | null =>
  row.querySelector<HTMLInputElement | HTMLSelectElement>(`[name="${name}_${row.dataset['line'] ?? ''}"]`)

function read(row: HTMLElement): Line {
  return {
    line: row.dataset['line'] ?? '',
    units: (input(row, 'n')?.value ?? '').trim(),
    reason: input(row, 'r')?.value ?? '',
    words: input(row, 'w')?.value ?? '',
    rests: row.dataset['rests'] ?? '',
  }
}

/** The lines of one sheet that the server has not confirmed, kept in this browser. */
class Waiting {
  constructor(private readonly key: string) {}

  all(): readonly Line[] {
    try {
      const kept = parsed(localStorage.getItem(this.key) ?? '[]', waiting)
      return kept.ok ? kept.value : []
    } catch {
      return []
    }
  }

  keep(one: Line): void {
    this.write([...this.all().filter((other) => other.line !== one.line), one])
  }

  forget(of: string): void {
    this.write(this.all().filter((other) => other.line !== of))
  }

  drop(one: Line): void {
    this.write(this.all().filter((other) => other.line !== one.line || JSON.stringify(other) !== JSON.stringify(one)))
  }

  private write(lines: readonly Line[]): void {
    try {
      if (lines.length === 0) localStorage.removeItem(this.key)
      else localStorage.setItem(this.key, JSON.stringify(lines))
    } catch {
      // Storage may be full or forbidden; the line then stays on the page until it is saved.
    }
  }
}

const isNumber = (units: string): boolean => /^\p{Nd}+$/u.test(units.trim())

function tell(row: HTMLElement, state: string, fault = ''): void {
  const place = row.querySelector<HTMLElement>('.lx-linestate')
  const bad = row.querySelector<HTMLElement>('.lx-linefault')
  if (place !== null) place.textContent = state
  if (bad !== null) bad.textContent = fault
  input(row, 'n')?.toggleAttribute('aria-invalid', fault !== '')
}

function showChange(row: HTMLElement): void {
  const units = input(row, 'n')?.value.trim() ?? ''
  row.classList.toggle('lx-changed', units !== '' && units !== row.dataset['system'])
}

class Sheet {
  private readonly kept: Waiting
  /** What the server has of each line, as far as this page knows. */
  private readonly saved = new Map<HTMLElement, Line>()
  private sending: Promise<void> = Promise.resolve()

  constructor(private readonly form: HTMLFormElement) {
    this.kept = new Waiting(PREFIX + (form.dataset['lxLines'] ?? ''))
    for (const row of this.rows()) {
      showChange(row)
      this.saved.set(row, read(row))
    }
    this.restore()
    form.addEventListener('input', (event) => this.typed(event))
    form.addEventListener('change', (event) => this.changed(event))
    form.addEventListener('keydown', (event) => this.key(event))
    form.addEventListener('click', (event) => this.suggested(event))
    addEventListener('online', () => this.sendWaiting())
    setInterval(() => this.sendWaiting(), RETRY_AFTER)
  }

  private rows(): readonly HTMLElement[] {
    return [...this.form.querySelectorAll<HTMLElement>('tr[data-line]')]
  }

  private row(of: string): HTMLElement | null {
    return this.form.querySelector<HTMLElement>(`tr[data-line="${of}"]`)
  }

  private word(name: string): string {
    return this.form.dataset[name] ?? ''
  }

  /** What a lost connection or a dead session left behind is shown again and sent again. */
  private restore(): void {
    for (const one of this.kept.all()) {
      const row = this.row(one.line)
      if (row === null) continue
      this.fill(row, one)
    }
    this.sendWaiting()
  }

  private fill(row: HTMLElement, one: Line): void {
    for (const [name, value] of [['n', one.units], ['r', one.reason], ['w', one.words]] as const) {
      const field = input(row, name)
      if (field !== null) field.value = value
    }
    row.dataset['rests'] = one.rests
    showChange(row)
  }

  /** Back to what is saved; what was typed since is gone. */
  private takeBack(row: HTMLElement, fault = ''): void {
    const before = this.saved.get(row)
    if (before === undefined) return
    this.kept.forget(before.line)
    this.fill(row, before)
    tell(row, '', fault)
  }

  private typed(event: Event): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('tr[data-line]') : null
    if (row === null) return
    showChange(row)
    const one = read(row)
    if (one.units !== '') this.kept.keep(one)
    else this.kept.forget(one.line)
  }

  private changed(event: Event): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('tr[data-line]') : null
    if (row !== null) this.save(row)
  }

  /** Saves a line that says enough: a number, and where it changes the system's also why. */
  private save(row: HTMLElement): void {
    const reason = input(row, 'r')
    const usual = this.form.querySelector<HTMLSelectElement>('[data-lx-default-reason]')?.value ?? ''
    if (row.classList.contains('lx-changed') && reason !== null && reason.value === '' && usual !== '') reason.value = usual
    const one = read(row)
    const before = this.saved.get(row)
    if (one.units === '') {
      if (before !== undefined && before.units !== '') this.takeBack(row, this.word('empty'))
      return
    }
    if (JSON.stringify(one) === JSON.stringify(before)) {
      // Walked over, not changed: the server has it already.
      this.kept.forget(one.line)
      return
    }
    this.kept.keep(one)
    // What is no number is told at once; only a number is asked why.
    if (isNumber(one.units) && row.classList.contains('lx-changed') && one.reason === '') return
    tell(row, this.word('saving'))
    this.sending = this.sending.then(() => this.send(one))
  }

  private sendWaiting(): void {
    for (const one of this.kept.all()) {
      const row = this.row(one.line)
      const isChange = row === null ? one.reason === '' : row.classList.contains('lx-changed') && one.reason === ''
      if (!isChange) this.sending = this.sending.then(() => this.send(one))
    }
  }

  private async send(one: Line): Promise<void> {
    if (!this.kept.all().some((other) => JSON.stringify(other) === JSON.stringify(one))) return
    const fields: [string, string][] = [
      [`n_${one.line}`, one.units],
      [`r_${one.line}`, one.reason],
      [`w_${one.line}`, one.words],
      ...one.rests.split(' ').filter(Boolean).map((id): [string, string] => [`e_${one.line}`, id]),
    ]
    const token = this.form.querySelector<HTMLInputElement>('[name=csrfmiddlewaretoken]')?.value ?? ''
    const row = this.row(one.line)
    const said = await sendLines(this.form.action, fields, token)
    if (said.ok) this.settle(one, row, said.value)
    else if (row !== null) tell(row, '', this.word(said.fault === SIGNED_OUT ? 'signin' : 'kept'))
  }

  private settle(one: Line, row: HTMLElement | null, said: LinesAnswer): void {
    const wrong = said.refused !== '' ? said.refused : (said.wrong.find(([number]) => String(number) === one.line)?.[1] ?? '')
    this.kept.drop(one)
    if (row !== null) {
      tell(row, wrong === '' ? this.word('saved') : '', wrong)
      if (wrong === '') {
        row.dataset['state'] = 'entered'
        this.saved.set(row, one)
      }
    }
    for (const name of ['to_do', 'entered', 'accepted'] as const) {
      const place = document.querySelector(`[data-lx-count="${name}"]`)
      if (place !== null && said[name] >= 0) place.textContent = said[name].toLocaleString('en')
    }
  }

  private key(event: KeyboardEvent): void {
    const target = event.target
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return
    const row = target.closest<HTMLElement>('tr[data-line]')
    if (row === null) return
    const isUnits = target.name.startsWith('n_')
    if (event.key === 'Enter') {
      event.preventDefault()
      this.save(row)
      const reason = input(row, 'r')
      // What is no number stays where it is, and a changed number without its reason asks for it first.
      if (isUnits && target.value.trim() !== '' && !isNumber(target.value)) return
      if (isUnits && row.classList.contains('lx-changed') && reason !== null && reason.value === '') reason.focus()
      else this.step(row, 1)
    } else if (event.key === 'Escape') {
      event.preventDefault()
      this.takeBack(row)
      input(row, 'n')?.focus()
    } else if (isUnits && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault()
      this.save(row)
      this.step(row, event.key === 'ArrowDown' ? 1 : -1)
    }
  }

  private step(row: HTMLElement, by: 1 | -1): void {
    const rows = this.rows()
    const next = rows[rows.indexOf(row) + by]
    if (next === undefined) return
    const field = input(next, 'n')
    field?.focus()
    if (field instanceof HTMLInputElement) field.select()
  }

  private suggested(event: Event): void {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-lx-suggest]') : null
    const row = button?.closest<HTMLElement>('tr[data-line]') ?? null
    if (button === null || row === null) return
    const units = input(row, 'n')
    const reason = input(row, 'r')
    if (units === null) return
    units.value = button.dataset['lxSuggest'] ?? ''
    if (reason !== null && reason.value === '') reason.value = button.dataset['reason'] ?? ''
    row.dataset['rests'] = button.dataset['evidence'] ?? ''
    showChange(row)
    this.save(row)
    units.focus()
  }
}

export function saveLinesAsTyped(): void {
  const begin = (): void => {
    for (const form of document.querySelectorAll<HTMLFormElement>('form[data-lx-lines]:not([data-lx-begun])')) {
      form.dataset['lxBegun'] = 'yes'
      new Sheet(form)
    }
  }
  begin()
  // The filter bar swaps the page's body.
  document.addEventListener('htmx:afterSettle', begin)
}
