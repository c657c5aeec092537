import { calls } from './api/calls'
import { closeForgotten } from './screens/visit/place'
import { Desk } from './screens/desk'
import { firstScreen } from './screens/first'
import { Frame } from './screens/frame'
import { keepInstallOffer } from './screens/me'
import * as kept from './store/kept'
import { keepPerson, lastPerson } from './store/persons'
import { openStore, type Store } from './store/schema'
import { Line, realGround } from './sync/line'
import { Loop } from './sync/loop'
import { menuAt, screenAt } from './router'
import { wordsIn } from './words'

const LOOK_AGAIN_MS = 30_000

function language(given: string): string {
  return localStorage.getItem('lx-field-language') ?? (given === '' ? document.documentElement.lang : given)
}

/** The store of whoever used this phone last and what the server told them; the network is asked only when there is none. */
async function opened(root: HTMLElement): Promise<Store | null> {
  const last = await lastPerson()
  if (last !== null) {
    const store = await openStore(last.id)
    if ((await kept.replica(store)) !== null) return store
    store.close()
  }
  const words = wordsIn(language(''))
  const answer = await calls.replica(null)
  if (answer.kind === 'done') {
    const { person } = answer.value
    const store = await openStore(person.id)
    await kept.keepReplica(store, answer.value)
    await kept.keepClock(store, answer.value.server_now, Date.now())
    await kept.keepSynced(store, new Date().toISOString())
    await keepPerson(person.id, person.name)
    return store
  }
  firstScreen(root, words, answer, () => void start(root))
  return null
}

/** Put the app on the page: from the phone alone where it can, from the server the first time. */
export async function start(root: HTMLElement): Promise<void> {
  const store = await opened(root)
  const replica = store === null ? null : await kept.replica(store)
  if (store === null || replica === null) return
  const tongue = language(replica.company.language)
  document.documentElement.lang = tongue
  const loop = new Loop({ store, calls, line: new Line(realGround), person_id: replica.person.id })
  const frame = new Frame(root)
  const desk = new Desk(store, loop, replica, wordsIn(tongue), tongue, (text) => frame.toast(text))
  desk.offset_ms = await kept.clockOffset(store)

  let drawing = 0
  let moved = true
  const draw = async (afterChange: boolean): Promise<void> => {
    // A change of the store must not keep back a screen that is on its way.
    if (afterChange && !moved && !frame.live) {
      await frame.head(desk)
      return
    }
    if (!afterChange) moved = true
    const turn = (drawing += 1)
    const screen = await screenAt(desk, location.hash)
    if (turn !== drawing) return
    const again = !moved
    moved = false
    await frame.show(desk, screen, menuAt(location.hash), again)
  }
  const look = async (): Promise<void> => {
    const name = await closeForgotten(desk)
    if (name === null) return
    frame.toast(desk.words.visit.closedByItself(name))
    if (location.hash.startsWith('#/visit')) desk.go('/')
    else await draw(true)
  }
  addEventListener('hashchange', () => void draw(false))
  loop.addEventListener('changed', () => {
    void (async () => {
      const fresh = await kept.replica(store)
      if (fresh !== null) desk.replica = fresh
      desk.offset_ms = await kept.clockOffset(store)
      await draw(true)
    })()
  })
  loop.addEventListener('standing', () => void frame.head(desk))
  addEventListener('unhandledrejection', () => frame.toast(desk.words.faults.broken))
  document.addEventListener('visibilitychange', () => void look())
  setInterval(() => void look(), LOOK_AGAIN_MS)
  keepInstallOffer()

  await look()
  await draw(false)
  performance.mark('lx-field-shown')
  loop.start()
  void navigator.storage.persist()
}
