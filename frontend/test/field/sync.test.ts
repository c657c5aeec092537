import { describe, expect, test } from 'vitest'
import * as kept from '../../src/field/store/kept'
import * as outbox from '../../src/field/store/outbox'
import * as photos from '../../src/field/store/photos'
import { batchOf } from '../../src/field/sync/push'
import { PART_BYTES } from '../../src/field/sync/photos'
import { turn } from '../../src/field/sync/turn'
import type { Work } from '../../src/field/visiting/finish'
import { newId } from '../../src/lib/uuid'
import { photoOf, replicaFor, world, type World } from './fakes'

const AT = '2026-11-20T02:00:00.000Z'
const works = (n: number): readonly Work[] => Array.from({ length: n }, (_, index) => ({ id: newId(), verb: 'requests.raise', made_at: AT, retailer_id: 7, body: { text: `第 ${index} 条` } }))
const states = async ({ store }: World): Promise<Record<string, number>> => {
  const found: Record<string, number> = {}
  for (const { state } of await outbox.all(store)) found[state] = (found[state] ?? 0) + 1
  return found
}

describe('a turn', () => {
  test('fetches, sends everything once and fetches again', async () => {
    const here = await world()
    await outbox.add(here.store, works(130), null)
    expect(await turn(here.side)).toEqual({ kind: 'done', waits: false })
    expect(here.server.calls).toEqual(['replica', 'push 100', 'push 30', 'replica'])
    expect([await states(here), here.server.applied.size]).toEqual([{ sent: 130 }, 130])
    expect((await kept.replica(here.store))?.version).toBe('v1')
  })

  test('a line that fails every third call loses nothing and doubles nothing', async () => {
    const here = await world()
    await outbox.add(here.store, works(30), null)
    for (let n = 0; n < 12; n += 1) await here.store.add('photos', photoOf('v', `p${n}`, PART_BYTES + 1000 * n))
    here.server.weather = (n) => (n % 3 === 0 ? (n % 2 === 0 ? 'lost' : 'down') : null)
    expect(await turn(here.side)).toMatchObject({ kind: 'done' })
    expect([await states(here), here.server.applied.size]).toEqual([{ sent: 30 }, 30])
    expect([...here.server.photos.values()].map(({ bytes, done }) => [bytes.length, done !== null]).sort()).toEqual(
      Array.from({ length: 12 }, (_, n) => [PART_BYTES + 1000 * n, true]),
    )
    expect(await photos.waiting(here.store)).toEqual([])
  })

  test('an answer that is lost on its way back is asked for again and counts once', async () => {
    const here = await world()
    await outbox.add(here.store, works(3), null)
    here.server.weather = (_, call) => (call.startsWith('push') && here.server.applied.size === 0 ? 'lost' : null)
    await turn(here.side)
    expect([await states(here), here.server.applied.size]).toEqual([{ sent: 3 }, 3])
  })

  test('a server that is down is asked a few times, ever later, and then left alone', async () => {
    const here = await world()
    await outbox.add(here.store, works(3), null)
    here.server.weather = () => 'down'
    expect(await turn(here.side)).toEqual({ kind: 'unreachable' })
    expect(here.server.calls.length).toBe(5)
    expect(here.slept).toEqual([...here.slept].sort((a, b) => a - b))
    expect(await states(here)).toEqual({ pending: 3 })
  })

  test('one record on which the server breaks is set aside and the others pass', async () => {
    const here = await world()
    const given = works(20)
    const bad = given[7]
    await outbox.add(here.store, given, null)
    here.server.breaksOn = ({ id }) => id === bad?.id
    expect(await turn(here.side)).toEqual({ kind: 'done', waits: true })
    expect([await states(here), here.server.applied.size]).toEqual([{ sent: 19, pending: 1 }, 19])
    expect(here.server.calls.length).toBeLessThan(20)
    here.server.breaksOn = () => false
    here.now += 600_000
    await turn(here.side)
    expect(await states(here)).toEqual({ sent: 20 })
  })

  test('a server that breaks on everything is not stormed', async () => {
    const here = await world()
    await outbox.add(here.store, works(100), null)
    here.server.weather = (_, call) => (call.startsWith('push') ? 'broken' : null)
    expect(await turn(here.side)).toEqual({ kind: 'unreachable' })
    expect(here.server.calls.length).toBeLessThan(15)
    expect(await states(here)).toEqual({ pending: 100 })
  })

  test('what is refused or in conflict says so and blocks nobody', async () => {
    const here = await world()
    const given = works(5)
    await outbox.add(here.store, given, null)
    here.server.refuses = ({ id }) => (id === given[1]?.id ? 'refused' : id === given[2]?.id ? 'conflict' : null)
    await turn(here.side)
    expect(await states(here)).toEqual({ sent: 3, refused: 1, conflict: 1 })
    expect((await outbox.counts(here.store)).trouble).toBe(2)
  })

  test('without a session everything stays, and goes on after sign-in', async () => {
    const here = await world()
    await outbox.add(here.store, works(4), null)
    here.server.weather = () => 'out'
    expect(await turn(here.side)).toEqual({ kind: 'signed_out' })
    expect(await states(here)).toEqual({ pending: 4 })
    here.server.weather = () => null
    expect(await turn(here.side)).toMatchObject({ kind: 'done' })
    expect(await states(here)).toEqual({ sent: 4 })
  })

  test('nothing is sent under the session of somebody else', async () => {
    const here = await world()
    await outbox.add(here.store, works(1), null)
    here.server.known = replicaFor(4242)
    expect(await turn(here.side)).toEqual({ kind: 'other_person', person_id: 4242, name: '王小明' })
    expect([here.server.applied.size, await kept.replica(here.store)]).toEqual([0, null])
  })

  test('a photo goes on where the server says', async () => {
    const here = await world()
    await here.store.add('photos', photoOf('v', 'a', 3 * PART_BYTES))
    here.server.weather = (_, call) => (call === 'part' && (here.server.photos.get('a')?.bytes.length ?? 0) >= PART_BYTES ? 'down' : null)
    expect(await turn(here.side)).toEqual({ kind: 'unreachable' })
    expect((await photos.one(here.store, 'a'))?.have).toBe(PART_BYTES)
    here.server.weather = () => null
    const before = here.server.calls.length
    await turn(here.side)
    expect(here.server.calls.slice(before)).toEqual(['replica', 'photo', 'part', 'part', 'finish'])
    expect(await photos.one(here.store, 'a')).toMatchObject({ state: 'sent', bytes: null })
  })

  test('the clock of the server is remembered', async () => {
    const here = await world()
    here.now -= 3 * 3_600_000
    await turn(here.side)
    expect(await kept.clockOffset(here.store)).toBe(3 * 3_600_000)
  })
})

test('a batch keeps below the limits of the server', () => {
  const long = (n: number) => ({ id: `${n}`, verb: 'x', made_at: AT, seen: null, body: { text: '长'.repeat(100_000) }, retailer_id: null, state: 'pending', reason: '', latest: null, tries: 0, not_before: 0, settled_at: null }) as const
  expect(batchOf([long(1), long(2), long(3), long(4)], 100).length).toBe(2)
  expect(batchOf([{ ...long(1), body: { text: '长'.repeat(400_000) } }], 100).length).toBe(1)
  expect(batchOf([long(1), long(2)], 1).length).toBe(1)
})
