import { within } from '../../../lib/dates'
import { newId } from '../../../lib/uuid'
import { button, card, h, note } from '../../parts/dom'
import { choiceField, countField, selectField, textField } from '../../parts/fields'
import type { Reply, Told, Values } from '../../visiting/draft'
import { reasonsOf } from '../today'
import type { Going, StepOf } from './steps'

/** What to know before going in: why one goes, what is owed, whether the shop is busy now. */
function brief({ desk, draft, retailer }: Going): HTMLElement {
  const { words } = desk
  const section = card(h('h2', {}, words.theme.brief))
  if (retailer === null) return section
  const { busy_from, busy_until } = retailer
  if (within(desk.here().time, busy_from, busy_until)) section.append(note(words.today.busyNow(busy_from, busy_until), 'fd-warn'))
  const planned = desk.replica.plan.find(({ id }) => id === draft.planned_id)
  if (planned !== undefined) section.append(reasonsOf(desk, planned))
  const owed = retailer.promises.filter(({ state }) => state === 'open').length
  const answered = retailer.requests.filter(({ state }) => state === 'answered').length
  const untold = retailer.policies_missing.length
  const lines = [
    ...(owed > 0 ? [words.theme.openPromises(owed)] : []),
    ...(answered > 0 ? [words.theme.answers(answered)] : []),
    ...(untold > 0 ? [words.theme.policies(untold)] : []),
  ]
  if (lines.length > 0) section.append(h('ul', { class: 'fd-points' }, ...lines.map((text) => h('li', {}, text))))
  return section
}

export const theme: StepOf = async (going) => {
  const { desk, draft, values } = going
  const { words, replica } = desk
  const { day } = desk.here()
  const body = h('div', { class: 'fd-stack' }, brief(going))
  const inForce = replica.themes.filter(({ from, until }) => (from === '' || from <= day) && (until === '' || day < until))
  if (inForce.length === 0) body.append(h('p', { class: 'fd-quiet' }, words.theme.none))
  else {
    const options = [...inForce.map(({ id, title }) => ({ value: String(id), title })), { value: '', title: words.theme.ownTheme }]
    const chosen = draft.theme_id === null ? '' : String(draft.theme_id)
    const choose = async (value: string): Promise<void> => {
      await going.write((one) => ({ ...one, theme_id: value === '' ? null : Number(value), touched_at: desk.iso() }))
      await going.save(({ points_told: _told, ...rest }) => rest)
      going.redraw()
    }
    body.append(selectField({ label: words.theme.choose, value: chosen, options }, (value) => void choose(value)))
  }
  const points = inForce.find(({ id }) => id === draft.theme_id)?.talking_points ?? []
  if (points.length > 0) {
    const options = points.map((title, index) => ({ value: String(index), title }))
    body.append(
      choiceField({ label: words.theme.points, options, chosen: (values.points_told ?? []).map(String), several: true }, (told) =>
        void going.save((before) => ({ ...before, points_told: told.map(Number) })),
      ),
    )
  }
  return body
}

function withReply(values: Values, id: number, reply: Reply | undefined): Values {
  const { [String(id)]: _before, ...others } = values.answers ?? {}
  return { ...values, answers: reply === undefined ? others : { ...others, [String(id)]: reply } }
}

export const questions: StepOf = async (going) => {
  const { desk, values } = going
  const { words, replica } = desk
  const { day } = desk.here()
  const inForce = replica.questions.filter(({ from, until }) => (from === '' || from <= day) && (until === '' || day < until))
  const body = h('div', { class: 'fd-stack' })
  if (inForce.length === 0) body.append(h('p', { class: 'fd-quiet' }, words.questions.none))
  for (const { id, text, kind, options } of inForce) {
    const known = values.answers?.[String(id)]
    const reply = (given: Reply | undefined): void => void going.save((before) => withReply(before, id, given))
    if (kind === 'number') {
      body.append(card(countField({ label: text, value: typeof known === 'number' ? known : undefined, less: words.stock.less, more: words.stock.more }, reply)))
    } else if (kind === 'text') {
      body.append(card(textField({ label: text, value: typeof known === 'string' ? known : '', most: 500 }, (given) => reply(given === '' ? undefined : given))))
    } else {
      const choices = kind === 'yes_no' ? [{ value: 'yes', title: words.yes }, { value: 'no', title: words.no }] : options.map((title) => ({ value: title, title })) // prettier-ignore
      const chosen = known === undefined ? '' : kind === 'yes_no' ? (known === true ? 'yes' : 'no') : String(known)
      body.append(
        card(
          choiceField({ label: text, options: [...choices, { value: '', title: words.questions.clear }], chosen: [chosen], several: false }, ([given = '']) =>
            reply(given === '' ? undefined : kind === 'yes_no' ? given === 'yes' : given),
          ),
        ),
      )
    }
  }
  return body
}

export const policy: StepOf = async (going) => {
  const { desk, retailer, values } = going
  const { words, replica } = desk
  const untold = replica.policies.filter(({ id }) => retailer?.policies_missing.includes(id) === true)
  const body = h('div', { class: 'fd-stack' })
  if (untold.length === 0) body.append(h('p', { class: 'fd-quiet' }, words.policy.none))
  const tell = async (id: number, change: (told: Told | undefined) => Told | undefined): Promise<void> => {
    await going.save((before) => {
      const { [String(id)]: known, ...others } = before.told ?? {}
      const told = change(known)
      return { ...before, told: told === undefined ? others : { ...others, [String(id)]: told } }
    })
    going.redraw()
  }
  for (const { id, title, text, check_question, check_answers, tell_until } of untold) {
    const told = values.told?.[String(id)]
    const section = card(h('h2', {}, title), h('p', { class: 'fd-large' }, text), h('p', { class: 'fd-quiet' }, words.policy.until(tell_until)))
    if (told === undefined) section.append(button(words.policy.told, () => void tell(id, () => ({ id: newId(), answer_index: null, at: desk.iso() }))))
    else {
      section.append(
        h('p', { class: 'fd-headline' }, h('span', { class: 'fd-chip fd-good' }, words.policy.toldAt(desk.timeOf(told.at))), button(words.policy.undo, () => void tell(id, () => undefined), 'fd-quietbutton')),
      )
      if (check_question !== '' && check_answers.length > 0) {
        const options = [...check_answers.map((one, index) => ({ value: String(index), title: one.text })), { value: '', title: words.policy.notAsked }]
        const chosen = told.answer_index === null ? '' : String(told.answer_index)
        section.append(
          choiceField({ label: `${words.policy.ask}${words.colon}${check_question}`, options, chosen: [chosen], several: false }, ([given = '']) =>
            void going.save((before) => ({ ...before, told: { ...before.told, [String(id)]: { ...told, answer_index: given === '' ? null : Number(given) } } })),
          ),
        )
      }
    }
    body.append(section)
  }
  return body
}

export const noteStep: StepOf = async (going) => {
  const { words } = going.desk
  const field = textField({ label: words.note.label, help: words.note.help, value: going.values.words ?? '', most: 2000, rows: 8 }, (text) =>
    void going.save((before) => ({ ...before, words: text })),
  )
  return h('div', { class: 'fd-stack' }, field)
}

