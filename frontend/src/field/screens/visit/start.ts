import { newId } from '../../../lib/uuid'
import type { VisitType } from '../../api/shapes'
import { button, card, h } from '../../parts/dom'
import * as drafts from '../../store/drafts'
import { stored } from '../../store/schema'
import { newDraft } from '../../visiting/draft'
import type { Desk, Screen } from '../desk'

async function begin(desk: Desk, retailerId: number, plannedId: string | null, type: VisitType): Promise<void> {
  const { day } = desk.here()
  const theme = desk.replica.themes.find(({ from, until }) => (from === '' || from <= day) && (until === '' || day < until))
  const draft = newDraft({ id: newId(), retailer_id: retailerId, planned_id: plannedId, theme_id: theme?.id ?? null, at: desk.iso() }, type)
  const result = await stored(drafts.begin(desk.store, draft))
  if (!result.ok) desk.toast(desk.words.faults.full)
  else {
    if (!result.value.ok) desk.toast(desk.words.visit.anotherOpen)
    desk.loop.tell()
    desk.go('/visit')
  }
}

/** Begin a visit; where the company has several kinds, the person chooses one first. */
export async function startVisit(desk: Desk, retailerId: number, plannedId: string | null): Promise<void> {
  const [only, ...more] = desk.replica.visit_types
  if (only !== undefined && more.length === 0) await begin(desk, retailerId, plannedId, only)
  else desk.go(`/begin/${retailerId}/${plannedId ?? ''}`)
}

export async function chooseType(desk: Desk, id = '', plannedId = ''): Promise<Screen> {
  const { words } = desk
  const kinds = desk.replica.visit_types.map((type) =>
    card(
      h('p', { class: 'fd-large' }, type.name),
      h('p', { class: 'fd-quiet' }, type.actions.map(({ kind }) => words.kinds[kind]).join(' · ')),
      button(words.today.start, () => void begin(desk, Number(id), plannedId === '' ? null : plannedId, type), 'fd-plain'),
    ),
  )
  return { title: words.visit.chooseType, body: h('div', { class: 'fd-stack' }, ...kinds), back: `#/retailer/${id}/${plannedId}`, live: false }
}
