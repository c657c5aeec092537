import { consent } from './screens/consent'
import type { Desk, Screen, ScreenOf } from './screens/desk'
import { me } from './screens/me'
import { whyNotMade } from './screens/not_made'
import { outboxList, outboxOne } from './screens/outbox'
import { retailer } from './screens/retailer'
import { retailers } from './screens/retailers'
import { today } from './screens/today'
import { chooseType } from './screens/visit/start'
import { visit } from './screens/visit/visit'

const SCREENS: Readonly<Record<string, ScreenOf>> = {
  '': today,
  map: (desk) => today(desk, 'map'),
  retailers,
  retailer,
  begin: chooseType,
  visit,
  why: whyNotMade,
  consent,
  me,
}

/** The screen of an address like `#/retailer/12`; an unknown one is today's. */
export function screenAt(desk: Desk, hash: string): Promise<Screen> {
  const [name = '', ...given] = hash.replace(/^#?\/?/, '').split('/').map(decodeURIComponent)
  if (name === 'outbox') return given[0] === undefined ? outboxList(desk) : outboxOne(desk, given[0])
  const screen = Object.hasOwn(SCREENS, name) ? SCREENS[name] : undefined
  return (screen ?? today)(desk, ...given)
}

/** Which entry of the menu a screen stands under. */
export function menuAt(hash: string): string {
  const [name = ''] = hash.replace(/^#?\/?/, '').split('/')
  return { retailers: 'retailers', retailer: 'retailers', outbox: 'outbox', me: 'me', consent: 'me' }[name] ?? ''
}
