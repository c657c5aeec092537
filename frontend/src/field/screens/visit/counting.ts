import { dayAfter } from '../../../lib/dates'
import { isUnlikely, writtenFen } from '../../../lib/money'
import { card, h, note } from '../../parts/dom'
import { countField, dayField, moneyField, searchField } from '../../parts/fields'
import { isSound, withCount, withPrice, withShort } from '../../visiting/draft'
import type { Going, StepOf } from './steps'

const FOUND = 20
// What the company wants counted comes first among its products; so many are asked for in a shop never counted before.
const ASKED = 8
const SHORT_DAYS = 180

/** Of an empty shelf: since when the shop wanted the product and could not get it. What only sold out says nothing. */
function shortSince(going: Going, id: number): HTMLElement {
  const { desk, values } = going
  const { words } = desk
  const { day } = desk.here()
  const field = { label: words.stock.short, help: words.stock.shortHelp, value: values.short_since?.[String(id)] ?? '', from: dayAfter(day, -SHORT_DAYS), until: day }
  return dayField(field, (since) => void going.save((before) => withShort(before, id, since)))
}

/** What the shop asks for a product that stands there; a price far from the guide may be that of a pack, and is asked again. */
function priceSeen(going: Going, id: number): HTMLElement | null {
  const { desk, values } = going
  const { words, replica } = desk
  const product = replica.products.find((one) => one.id === id)
  if (product === undefined) return null
  const guide = product.guide_fen
  const unit = `${replica.company.currency_symbol}/${product.unit}`
  const odd = (fen: number | undefined): string => (fen !== undefined && guide !== null && isUnlikely(fen, guide) ? words.stock.priceOdd(writtenFen(guide), unit) : '')
  const field = {
    label: words.stock.price(unit),
    help: guide === null ? words.stock.priceHelp : words.stock.guide(writtenFen(guide)),
    value: values.prices?.[String(id)],
    wrong: words.stock.priceWrong,
  }
  return moneyField(field, (fen) => {
    void going.save((before) => withPrice(before, id, fen))
    return odd(fen)
  })
}

/** Count what stands in the shop: first what was counted last time, then any other product by its name. */
export const stockCount: StepOf = async (going) => {
  const { desk, retailer } = going
  const { words, replica } = desk
  const last = new Map((retailer?.stock ?? []).map(({ product_id, last_units }) => [product_id, last_units]))
  const said = h('p', { class: 'fd-quiet', role: 'status' })
  const tell = (): void => {
    said.textContent = words.stock.counted(Object.keys(going.values.counts ?? {}).length)
  }
  const line = (id: number): HTMLElement | null => {
    const product = replica.products.find((one) => one.id === id)
    if (product === undefined) return null
    const before = last.get(id) ?? null
    const field = {
      label: product.name,
      help: before === null ? words.stock.neverCounted : words.stock.last(String(before), product.unit),
      value: going.values.counts?.[String(id)],
      less: words.stock.less,
      more: words.stock.more,
    }
    const more = h('div', { class: 'fd-countmore' })
    const ask = (units: number | undefined): void => {
      const asked = units === undefined ? null : units === 0 ? shortSince(going, id) : priceSeen(going, id)
      more.replaceChildren(...(asked === null ? [] : [asked]))
    }
    ask(field.value)
    let asked = field.value
    const count = countField(field, (units) => {
      if ((units === 0) !== (asked === 0) || (units === undefined) !== (asked === undefined)) ask(units)
      asked = units
      void going.save((values) => withCount(values, id, units)).then(tell)
    })
    return h('div', {}, count, more)
  }
  const counted = [...last.keys(), ...Object.keys(going.values.counts ?? {}).map(Number)]
  const first = new Set(counted.length > 0 ? counted : replica.products.slice(0, ASKED).map(({ id }) => id))
  const rows = h('div', { class: 'fd-counts' }, ...[...first].map(line))
  const found = h('div', { class: 'fd-counts' })
  const find = (text: string): void => {
    const wanted = text.toLowerCase()
    const others = wanted === '' ? [] : replica.products.filter(({ id, name }) => !first.has(id) && name.toLowerCase().includes(wanted))
    const lines = others.slice(0, FOUND).flatMap(({ id }) => line(id) ?? [])
    found.replaceChildren(...(wanted !== '' && lines.length === 0 ? [h('p', { class: 'fd-quiet' }, words.stock.none)] : lines))
  }
  tell()
  return h('div', { class: 'fd-stack' }, h('p', { class: 'fd-quiet' }, words.stock.help), said, first.size > 0 ? card(rows) : null, searchField(words.stock.add, find), found)
}

/** Three numbers, each a part of the one before. */
export const priceTags: StepOf = async (going) => {
  const { desk } = going
  const { words } = desk
  const wrong = h('div', { role: 'alert' })
  const check = (): void => {
    wrong.replaceChildren(...(isSound(going.step) ? [] : [note(words.tags.tooMany, 'fd-warn')]))
  }
  const line = (key: 'ordered' | 'on_display' | 'labelled', label: string): HTMLElement =>
    countField({ label, value: going.values[key], less: words.stock.less, more: words.stock.more }, (units) =>
      void going
        .save(({ [key]: _before, ...others }) => (units === undefined ? others : { ...others, [key]: units }))
        .then(check),
    )
  check()
  return h(
    'div',
    { class: 'fd-stack' },
    h('p', { class: 'fd-quiet' }, words.tags.help),
    card(line('ordered', words.tags.ordered), line('on_display', words.tags.onDisplay), line('labelled', words.tags.labelled)),
    wrong,
  )
}
