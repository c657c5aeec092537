import { empty, h } from '../parts/dom'
import { searchField } from '../parts/fields'
import type { Desk, Screen } from './desk'

const SHOWN = 40

/** Every retailer that the person holds, to be found by name, address or licence. */
export async function retailers(desk: Desk): Promise<Screen> {
  const { words } = desk
  const list = h('ul', { class: 'fd-stops' })
  const below = h('div', { role: 'status' })
  const show = (text: string): void => {
    const wanted = text.toLowerCase()
    const found = desk.replica.retailers.filter(({ name, address, licence_no }) => `${name} ${address} ${licence_no}`.toLowerCase().includes(wanted))
    list.replaceChildren(
      ...found.slice(0, SHOWN).map(({ id, name, address, licence_no, tier }) =>
        h(
          'li',
          { class: 'fd-stop' },
          h(
            'a',
            { href: `#/retailer/${id}` },
            h('span', { class: 'fd-stopname' }, h('strong', {}, name), h('span', { class: 'fd-quiet' }, [licence_no, address].filter((part) => part !== '').join(' · '))),
            h('span', { class: 'fd-said' }, tier),
          ),
        ),
      ),
    )
    below.replaceChildren(
      found.length === 0
        ? empty(words.retailers.nothing, words.retailers.nothingWhy)
        : h('p', { class: 'fd-quiet' }, found.length > SHOWN ? words.retailers.more(found.length - SHOWN) : words.retailers.found(found.length)),
    )
  }
  show('')
  return { title: words.retailers.title, body: h('div', { class: 'fd-stack' }, searchField(words.retailers.hint, show), list, below), live: false }
}
