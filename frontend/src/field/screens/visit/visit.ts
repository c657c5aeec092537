import type { Kind } from '../../api/shapes'
import { button, empty, fold, h, link } from '../../parts/dom'
import { selectField } from '../../parts/fields'
import * as drafts from '../../store/drafts'
import { minutesOf, type Draft, type Step } from '../../visiting/draft'
import type { Desk, Screen } from '../desk'
import { priceTags, stockCount } from './counting'
import { promises, requests } from './following'
import { display, forgetPictures, marketOrder } from './looking'
import { checkIn, checkOut } from './place'
import { Going, type StepOf } from './steps'
import { noteStep, policy, questions, theme } from './talking'

const STEPS: Readonly<Record<Kind, StepOf>> = {
  theme,
  check_in: checkIn,
  stock_count: stockCount,
  price_tags: priceTags,
  display,
  market_order: marketOrder,
  questions,
  policy,
  requests,
  promises,
  note: noteStep,
  check_out: checkOut,
}

function sayOf(desk: Desk, draft: Draft, step: Step): string {
  const { visit } = desk.words
  const done = step.kind === 'check_in' ? draft.check_in_at !== null : step.done_at !== null
  if (done) return visit.doneStep
  if (step.skipped_because !== '') return visit.skippedStep
  return step.required ? visit.openStep : visit.optional
}

function overview(desk: Desk, draft: Draft, place: number): HTMLElement {
  const lines = draft.steps.map((step, index) =>
    h(
      'li',
      {},
      h('a', { href: `#/visit/${index}`, 'aria-current': index === place ? 'step' : false }, h('span', {}, desk.words.kinds[step.kind]), h('span', { class: 'fd-quiet' }, sayOf(desk, draft, step))),
    ),
  )
  return fold(desk.words.visit.allSteps, false, h('ol', { class: 'fd-steps' }, ...lines))
}

/** Leave a required step out, with a reason; it can still be done later. */
function skipping(going: Going): HTMLElement | null {
  const { step, desk } = going
  const { visit } = desk.words
  if (step.kind === 'check_in' || step.kind === 'check_out' || !step.required || step.done_at !== null) return null
  const options = ['', ...visit.reasons].map((title) => ({ value: title, title: title === '' ? desk.words.questions.choose : title }))
  const chosen = (reason: string): void => {
    const steps = (draft: Draft): Draft => ({
      ...draft,
      touched_at: desk.iso(),
      steps: draft.steps.map((one, index) => (index === going.place ? { ...one, skipped_because: reason } : one)),
    })
    void going.write(steps)
  }
  return fold(visit.skip, step.skipped_because !== '', selectField({ label: visit.why, value: step.skipped_because, options }, chosen))
}

function abandoning(going: Going): HTMLElement | null {
  const { desk, draft } = going
  if (draft.check_in_at !== null) return null
  const give = async (): Promise<void> => {
    if (await drafts.abandon(desk.store, draft.visit_id)) desk.toast(desk.words.visit.abandoned)
    desk.loop.tell()
    desk.go('/')
  }
  return button(desk.words.visit.abandon, () => void give(), 'fd-quietbutton')
}

/** The visit that goes on, one step on a screen, with the way on under the thumb. */
export async function visit(desk: Desk, given = ''): Promise<Screen> {
  const { words, store } = desk
  const found = await drafts.current(store)
  if (found === null) return { title: words.visit.none, body: h('div', { class: 'fd-stack' }, empty(words.visit.none, words.today.nothingWhy), link(words.nav.today, '#/')), back: '#/', live: false }
  const last = found.steps.length - 1
  const wanted = given === '' ? found.place : Number(given)
  const place = Math.min(Math.max(0, Number.isInteger(wanted) ? wanted : 0), last)
  const draft = found.place === place ? found : ((await drafts.change(store, found.visit_id, (one) => ({ ...one, place, touched_at: desk.iso() }))) ?? found)
  const body = h('div', { class: 'fd-stack' })
  const draw = async (): Promise<void> => {
    forgetPictures()
    const open = body.querySelector('details.fd-fold[open]') !== null
    const { scrollY } = window
    const content = await STEPS[going.step.kind](going)
    const minutes = minutesOf(going.draft, desk.now())
    body.replaceChildren(
      h('p', { class: 'fd-quiet' }, [words.visit.step(place + 1, last + 1), going.retailer?.name ?? '', ...(minutes === null ? [] : [words.visit.sinceCheckIn(Math.floor(minutes))])].join(' · ')),
      content,
      ...[skipping(going), overview(desk, going.draft, place), abandoning(going)].filter((part) => part !== null),
    )
    if (open) window.scrollTo(0, scrollY)
  }
  const going: Going = new Going(desk, draft, desk.retailer(draft.retailer_id), place, () => void draw())
  await draw()
  const move = (to: number) => (): void => {
    void going.settled().then(() => desk.go(`/visit/${to}`))
  }
  const before = button(words.before, move(place - 1), 'fd-plain', { disabled: place === 0 })
  const bar = place === last ? h('div', { class: 'fd-bar' }, before) : h('div', { class: 'fd-bar fd-pair' }, before, button(words.next, move(place + 1), 'fd-main'))
  return { title: words.kinds[going.step.kind], body, back: '#/', bar, live: false }
}
