import { dayAfter } from '../../../lib/dates'
import { newId } from '../../../lib/uuid'
import { button, card, fold, h, note } from '../../parts/dom'
import { dayField, selectField, textField } from '../../parts/fields'
import type { Settled, Values } from '../../visiting/draft'
import { duePhrase } from '../retailer'
import type { Going, StepOf } from './steps'

type Question = { readonly yes: string; readonly no: string; readonly words: string }

/** Ask whether something is settled: two answers and room for words; a second tap on the same answer takes it back. */
function settling(going: Going, key: 'confirmed' | 'settled', id: string, question: Question): HTMLElement {
  const known = going.values[key]?.[id]
  const write = async (change: (before: Settled | undefined) => Settled | undefined, draw: boolean): Promise<void> => {
    await going.save((values: Values) => {
      const { [id]: before, ...others } = values[key] ?? {}
      const after = change(before)
      return { ...values, [key]: after === undefined ? others : { ...others, [id]: after } }
    })
    if (draw) going.redraw()
  }
  const answer = (good: boolean, title: string): HTMLElement =>
    button(
      title,
      () => void write((before) => (before?.good === good ? undefined : { good, words: before?.words ?? '', at: going.desk.iso() }), true),
      'fd-plain',
      { 'aria-pressed': known?.good === good ? 'true' : 'false' },
    )
  return h(
    'div',
    { class: 'fd-stack' },
    h('div', { class: 'fd-pair' }, answer(true, question.yes), answer(false, question.no)),
    known === undefined
      ? null
      : textField({ label: question.words, value: known.words, most: 300, rows: 2 }, (text) => void write((before) => (before === undefined ? undefined : { ...before, words: text }), false)),
  )
}

export const requests: StepOf = async (going) => {
  const { desk, retailer, values } = going
  const words = desk.words.requests
  const body = h('div', { class: 'fd-stack' })
  for (const one of retailer?.requests ?? []) {
    const section = card(h('p', { class: 'fd-large' }, one.text))
    if (one.state === 'answered') {
      section.prepend(h('p', { class: 'fd-chip' }, words.answered))
      section.append(h('p', {}, `${words.answer}${desk.words.colon}${one.answer}`), settling(going, 'confirmed', one.id, { yes: words.settled, no: words.notSettled, words: words.words }))
    } else section.append(h('p', { class: 'fd-quiet' }, words.states[one.state] ?? one.state))
    body.append(section)
  }
  const raised = values.raised ?? []
  const remove = async (id: string): Promise<void> => {
    await going.save((before) => ({ ...before, raised: (before.raised ?? []).filter((one) => one.id !== id) }))
    going.redraw()
  }
  if (raised.length > 0) {
    const lines = raised.map(({ id, kind, topic, text }) =>
      h('li', {}, h('strong', {}, text), h('span', { class: 'fd-quiet' }, `${words.kinds[kind] ?? kind} · ${topic}`), button(desk.words.remove, () => void remove(id), 'fd-quietbutton', { 'aria-label': `${desk.words.remove}${desk.words.colon}${text}` })),
    )
    body.append(card(h('h2', {}, words.added), h('ul', { class: 'fd-lines' }, ...lines)))
  }
  body.append(fold(words.add, raised.length === 0 && (retailer?.requests ?? []).length === 0, requestForm(going)))
  return body
}

function requestForm(going: Going): HTMLElement {
  const { desk } = going
  const words = desk.words.requests
  const given = { kind: 'question', topic: desk.replica.topics[0] ?? '', text: '' }
  const kinds = Object.entries(words.kinds).map(([value, title]) => ({ value, title }))
  const add = async (): Promise<void> => {
    if (given.text.trim() === '') {
      desk.toast(words.incomplete)
      return
    }
    await going.save((before) => ({ ...before, raised: [...(before.raised ?? []), { ...given, text: given.text.trim(), id: newId(), at: desk.iso() }] }))
    going.redraw()
  }
  return h(
    'div',
    { class: 'fd-stack' },
    selectField({ label: words.kind, value: given.kind, options: kinds }, (value) => (given.kind = value)),
    selectField({ label: words.topic, value: given.topic, options: desk.replica.topics.map((title) => ({ value: title, title })) }, (value) => (given.topic = value)),
    textField({ label: words.text, value: '', most: 1000 }, (text) => (given.text = text)),
    button(desk.words.save, () => void add()),
  )
}

export const promises: StepOf = async (going) => {
  const { desk, retailer, values } = going
  const words = desk.words.promises
  const body = h('div', { class: 'fd-stack' })
  for (const one of retailer?.promises ?? []) {
    const section = card(h('p', { class: 'fd-large' }, one.text), h('p', { class: 'fd-quiet' }, `${words.states[one.state] ?? one.state} · ${duePhrase(desk, one.due_on)}`))
    if (one.state === 'open' || one.state === 'not_kept') section.append(settling(going, 'settled', one.id, { yes: words.kept, no: words.notKept, words: words.words }))
    body.append(section)
  }
  const made = values.made ?? []
  const remove = async (id: string): Promise<void> => {
    await going.save((before) => ({ ...before, made: (before.made ?? []).filter((one) => one.id !== id) }))
    going.redraw()
  }
  if (made.length > 0) {
    const lines = made.map(({ id, limit_code, text, due_on }) => {
      const beyond = desk.replica.promise_limits.find(({ code }) => code === limit_code)?.leave_of ?? ''
      return h('li', {}, h('strong', {}, text), h('span', { class: 'fd-quiet' }, [desk.words.retailer.due(due_on), ...(beyond === '' ? [] : [words.asked])].join(' · ')), button(desk.words.remove, () => void remove(id), 'fd-quietbutton', { 'aria-label': `${desk.words.remove}${desk.words.colon}${text}` }))
    })
    body.append(card(h('h2', {}, words.added), h('ul', { class: 'fd-lines' }, ...lines)))
  }
  body.append(fold(words.add, false, promiseForm(going)))
  return body
}

function promiseForm(going: Going): HTMLElement {
  const { desk } = going
  const words = desk.words.promises
  const { day } = desk.here()
  const limits = desk.replica.promise_limits
  const given = { limit_code: limits[0]?.code ?? '', text: '', due_on: dayAfter(day, 7) }
  const leave = h('div', { role: 'status' })
  const tell = (): void => {
    const post = limits.find(({ code }) => code === given.limit_code)?.leave_of ?? ''
    leave.replaceChildren(...(post === '' ? [] : [note(words.beyond(words.posts[post] ?? words.superior), 'fd-warn')]))
  }
  const add = async (): Promise<void> => {
    if (given.text.trim() === '' || given.due_on === '') {
      desk.toast(words.incomplete)
      return
    }
    await going.save((before) => ({ ...before, made: [...(before.made ?? []), { ...given, text: given.text.trim(), id: newId(), at: desk.iso() }] }))
    going.redraw()
  }
  tell()
  return h(
    'div',
    { class: 'fd-stack' },
    selectField({ label: words.limit, value: given.limit_code, options: limits.map(({ code, name }) => ({ value: code, title: name })) }, (value) => {
      given.limit_code = value
      tell()
    }),
    leave,
    textField({ label: words.text, value: '', most: 300, rows: 2 }, (text) => (given.text = text)),
    dayField({ label: words.due, value: given.due_on, from: day }, (value) => (given.due_on = value)),
    button(desk.words.save, () => void add()),
  )
}
