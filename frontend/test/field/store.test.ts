import { describe, expect, test } from 'vitest'
import * as carry from '../../src/field/store/carry'
import * as drafts from '../../src/field/store/drafts'
import * as kept from '../../src/field/store/kept'
import * as outbox from '../../src/field/store/outbox'
import * as photos from '../../src/field/store/photos'
import { holds, isForgotten, isSound, lengthOf, minutesOf, missing, newDraft, unsound, withCount, withPrice, withShort, withStep, type Draft, type Values } from '../../src/field/visiting/draft'
import { records, type Work } from '../../src/field/visiting/finish'
import { stampOf } from '../../src/field/visiting/stamp'
import { wordsIn } from '../../src/field/words/index'
import { newId } from '../../src/lib/uuid'
import { photoOf, replicaFor, world } from './fakes'

const AT = '2026-11-20T02:00:00.000Z'
const TYPE = replicaFor(1).visit_types[0] ?? { id: 0, code: '', version: 1, name: '', actions: [] }
const draftOf = (retailer_id = 7): Draft => newDraft({ id: newId(), retailer_id, planned_id: 'p1', theme_id: null, at: AT }, TYPE)
const work = (verb = 'promises.settle'): Work => ({ id: newId(), verb, made_at: AT, retailer_id: 7, body: { promise_id: 'x', kept: true, words: '' } })
const placeOf = (kind: string): number => TYPE.actions.findIndex((action) => action.kind === kind)
const ending = { at: '2026-11-20T02:30:00.000Z', position: null, by_itself: false, photos: new Map([[4, ['photo-1']]]), id: newId, unsound: '不一致' }

describe('a visit while it goes on', () => {
  test('only one is open, and the same shop goes on with it', async () => {
    const { store } = await world()
    const first = draftOf()
    expect(await drafts.begin(store, first)).toEqual({ ok: true, value: first })
    expect(await drafts.begin(store, draftOf(8))).toEqual({ ok: false, fault: 'another_open' })
    expect(await drafts.begin(store, draftOf(7))).toEqual({ ok: true, value: first })
    expect(await drafts.current(store)).toEqual(first)
  })

  test('two pages that write different steps lose neither', async () => {
    const { store } = await world()
    const draft = draftOf()
    await drafts.begin(store, draft)
    await Promise.all([
      drafts.change(store, draft.visit_id, (one) => withStep(one, 2, () => ({ counts: { '3': 4 } }), AT)),
      drafts.change(store, draft.visit_id, (one) => withStep(one, 7, () => ({ words: '谈了价格' }), AT)),
    ])
    const found = await drafts.current(store)
    expect([found?.steps[2]?.values, found?.steps[7]?.values]).toEqual([{ counts: { '3': 4 } }, { words: '谈了价格' }])
  })

  test('it can be given up only before check-in', async () => {
    const { store } = await world()
    const draft = draftOf()
    await drafts.begin(store, draft)
    await drafts.change(store, draft.visit_id, (one) => ({ ...one, check_in_at: AT }))
    expect(await drafts.abandon(store, draft.visit_id)).toBe(false)
    await drafts.change(store, draft.visit_id, (one) => ({ ...one, check_in_at: null }))
    await photos.keep(store, photoOf(draft.visit_id, 'a', 10, 'held'), AT)
    expect(await drafts.abandon(store, draft.visit_id)).toBe(true)
    expect([await drafts.current(store), await photos.ofVisit(store, draft.visit_id)]).toEqual([null, []])
  })

  test('what holds nothing is not done, and what contradicts itself cannot stand', () => {
    const draft = draftOf()
    const tags = placeOf('price_tags')
    const market = placeOf('market_order')
    expect(missing(draft)).toEqual([placeOf('note')])
    const counted = withStep(draft, tags, () => ({ ordered: 0, on_display: 0, labelled: 0 }), AT)
    expect([counted.steps.map(holds)[tags], unsound(counted)]).toEqual([true, []])
    expect(withStep(counted, tags, () => ({}), AT).steps[tags]?.done_at).toBe(null)
    expect(unsound(withStep(draft, tags, () => ({ ordered: 3, on_display: 5, labelled: 1 }), AT))).toEqual([tags])
    expect(unsound(withStep(draft, tags, () => ({ ordered: 3 }), AT))).toEqual([tags])
    expect(unsound(withStep(draft, market, () => ({ words: '有人举报' }), AT))).toEqual([market])
    expect(withStep(draft, market, () => ({ found: ['none'] }), AT).steps.every(isSound)).toBe(true)
  })

  test('it is forgotten only after check-in and a long rest', () => {
    const draft = draftOf()
    const later = Date.parse(AT) + 60 * 60_000
    expect(isForgotten(draft, later, 60)).toBe(false)
    expect(isForgotten({ ...draft, check_in_at: AT }, later, 60)).toBe(true)
    expect(isForgotten({ ...draft, check_in_at: AT }, later - 1, 60)).toBe(false)
  })
})

test('the length of a visit is compared with what is usual, to the second', () => {
  const draft: Draft = { ...draftOf(), check_in_at: '2026-11-20T02:00:00Z' }
  const after = (seconds: number): number => minutesOf(draft, Date.parse('2026-11-20T02:00:00Z') + seconds * 1000) ?? -1
  const usual = { least: 3, most: 30 }
  expect([179, 180, 1800, 1801].map((seconds) => lengthOf(after(seconds), usual))).toEqual(['shorter', 'usual', 'usual', 'longer'])
  expect([minutesOf(draftOf(), 0), after(-60)]).toEqual([null, 0])
})

describe('the stamp of a photograph', () => {
  const given = { when: '11月20日 10:00', shop: '便民1号店', person: '王小明 E001' }
  const fix = { latitude: 31.35123, longitude: 118.42071, accuracy_metres: 20, fix_age_seconds: 3, source: 'gps', taken_at: AT } as const

  test.each([
    ['confirmed', '已确认在店'],
    ['not_confirmed', '未确认'],
    ['cannot_tell', '不可判断'],
    ['no_fix', '无定位'],
  ] as const)('%s is told in words and no coordinate is', (answer, said) => {
    const draft: Draft = { ...draftOf(), check_in_at: AT, check_in_answer: answer, check_in_position: fix }
    const lines = stampOf(draft, given, wordsIn('zh-hans'))
    expect(lines).toEqual(['11月20日 10:00', `便民1号店 · ${said}`, '王小明 E001'])
    expect(lines.join(' ')).not.toMatch(/31\.|118\./)
  })

  test('before check-in there is no position to tell of', () => {
    expect(stampOf(draftOf(), { ...given, shop: '' }, wordsIn('zh-hans'))[1]).toBe('无定位')
  })
})

describe('the end of a visit', () => {
  test('its records go out together, the visit first; nothing is said of what was not done', () => {
    let draft: Draft = { ...draftOf(), check_in_at: AT }
    draft = withStep(draft, 2, () => ({ counts: { '11': 0 } }), AT)
    draft = withStep(draft, 4, () => ({ found: ['none'] }), AT)
    draft = withStep(draft, 5, () => ({ told: { '3': { id: 't', answer_index: null, at: AT } } }), AT)
    draft = withStep(draft, 6, () => ({ made: [{ id: 'm', limit_code: 'x', text: '送货', due_on: '2026-11-27', at: AT }], settled: { p: { good: false, words: '缺货', at: AT } } }), AT)
    draft = withStep(draft, 7, () => ({ words: ' 看了库存 ' }), AT)
    const made = records(draft, ending)
    expect(made.map(({ verb }) => verb)).toEqual(['visits.complete', 'policies.tell', 'promises.settle', 'promises.make'])
    expect(made[0]?.body).toMatchObject({ visit_id: draft.visit_id, check_in_at: AT, check_out_at: ending.at, closed_by_itself: false, note: '看了库存' })
    expect((made[0]?.body as { actions: unknown }).actions).toEqual([
      { place: 1, kind: 'check_in', body: {}, done_at: AT, skipped_because: '' },
      { place: 2, kind: 'stock_count', body: { lines: [{ product_id: 11, units: 0 }] }, done_at: AT, skipped_because: '' },
      { place: 4, kind: 'market_order', body: { found: ['none'], words: '', photo_ids: ['photo-1'] }, done_at: AT, skipped_because: '' },
      { place: 5, kind: 'policy', body: {}, done_at: AT, skipped_because: '' },
      { place: 6, kind: 'promises', body: {}, done_at: AT, skipped_because: '' },
      { place: 7, kind: 'note', body: {}, done_at: AT, skipped_because: '' },
      { place: 8, kind: 'check_out', body: {}, done_at: ending.at, skipped_because: '' },
    ])
    expect(made[2]?.body).toEqual({ promise_id: 'p', kept: false, words: '缺货' })
    expect(new Set(made.map(({ id }) => id)).size).toBe(made.length)
  })

  test('an empty shelf says since when, until something stands on it again', () => {
    const said = withShort(withCount(withCount({}, 11, 0), 12, 3), 11, '2026-11-10')
    const lines = (values: Values): unknown => {
      const [visit] = records(withStep({ ...draftOf(), check_in_at: AT }, 2, () => values, AT), ending)
      return (visit?.body as { actions: { body: { lines?: unknown } }[] }).actions[1]?.body.lines
    }
    expect(lines(said)).toEqual([{ product_id: 11, units: 0, short_since: '2026-11-10' }, { product_id: 12, units: 3 }])
    expect(lines(withShort(said, 11, ''))).toEqual([{ product_id: 11, units: 0 }, { product_id: 12, units: 3 }])
    expect(withCount(said, 11, 2)).toEqual({ counts: { '11': 2, '12': 3 } })
    expect(withCount(withCount(said, 11, undefined), 12, undefined)).toEqual({ counts: {} })
  })

  test('a price goes out with the count of what stands on the shelf, and only with it', () => {
    const priced = withPrice(withCount(withCount({}, 11, 4), 12, 3), 11, 25_500)
    const [visit] = records(withStep({ ...draftOf(), check_in_at: AT }, 2, () => priced, AT), ending)
    expect((visit?.body as { actions: { body: unknown }[] }).actions[1]?.body).toEqual({ lines: [{ product_id: 11, units: 4, price_fen: 25_500 }, { product_id: 12, units: 3 }] })
    expect(withCount(priced, 11, 5)).toEqual({ counts: { '11': 5, '12': 3 }, prices: { '11': 25_500 } })
    expect(withCount(priced, 11, 0)).toEqual({ counts: { '11': 0, '12': 3 } })
    expect(withPrice(priced, 11, undefined)).toEqual({ counts: { '11': 4, '12': 3 } })
  })

  test('what contradicts itself is left out with the reason when a visit closes by itself', () => {
    const draft = withStep({ ...draftOf(), check_in_at: AT }, 3, () => ({ ordered: 1 }), AT)
    const [visit] = records(draft, { ...ending, by_itself: true })
    expect(visit?.body).toMatchObject({ closed_by_itself: true, actions: [{ place: 1 }, { place: 3, body: {}, done_at: null, skipped_because: '不一致' }, { place: 8 }] })
  })

  test('it ends once, with its photos, in one piece', async () => {
    const { store } = await world()
    const draft = draftOf()
    await drafts.begin(store, draft)
    await photos.keep(store, photoOf(draft.visit_id, 'a', 10, 'held'), AT)
    const made = [work('visits.complete'), work()]
    expect([await drafts.finish(store, draft.visit_id, made, 'v1'), await drafts.finish(store, draft.visit_id, [work()], 'v1')]).toEqual([true, false])
    expect((await outbox.due(store, 0)).map(({ id }) => id)).toEqual(made.map(({ id }) => id))
    expect(await outbox.counts(store)).toEqual({ pending: 2, photos: 1, trouble: 0 })
    expect(await drafts.current(store)).toBe(null)
  })
})

describe('the outbox', () => {
  test('a refused record is discarded and taken back one at a time; a sent one stays sent', async () => {
    const { store } = await world()
    const [good, bad] = [work(), work()]
    await outbox.add(store, [good, bad], null)
    await outbox.settle(store, [{ id: good.id, verdict: 'applied', reason: '', latest: null }, { id: bad.id, verdict: 'refused', reason: '为什么', latest: null }], AT)
    const states = async (): Promise<readonly string[]> => (await outbox.all(store)).map(({ state }) => state)
    expect([await states(), (await outbox.one(store, bad.id))?.reason]).toEqual([['refused', 'sent'], '为什么'])
    await outbox.discard(store, good.id, AT)
    await outbox.discard(store, bad.id, AT)
    expect(await states()).toEqual(['discarded', 'sent'])
    await outbox.takeBack(store, bad.id)
    await outbox.again(store, bad.id)
    await outbox.again(store, good.id)
    expect(await states()).toEqual(['pending', 'sent'])
  })

  test('what was sent is forgotten after a week, what was refused never', async () => {
    const { store } = await world()
    const [good, bad] = [work(), work()]
    await outbox.add(store, [good, bad], null)
    await outbox.settle(store, [{ id: good.id, verdict: 'applied', reason: '', latest: null }, { id: bad.id, verdict: 'conflict', reason: '', latest: null }], AT)
    await outbox.sweep(store, Date.parse(AT) + 6 * 86_400_000)
    expect((await outbox.all(store)).length).toBe(2)
    await outbox.sweep(store, Date.parse(AT) + 8 * 86_400_000)
    expect((await outbox.all(store)).map(({ id }) => id)).toEqual([bad.id])
  })

  test('the queue leaves as a file and comes back once', async () => {
    const { store, side } = await world()
    const one = work()
    await outbox.add(store, [one], 'v1')
    await store.add('photos', photoOf('v', 'a', 70_000))
    const text = await carry.packed(store, side.person_id, AT)
    const other = await world()
    expect(await carry.unpacked(other.store, 999, text)).toEqual({ ok: false, fault: 'another_person' })
    expect(await carry.unpacked(other.store, side.person_id, '{}')).toEqual({ ok: false, fault: 'unreadable' })
    expect(await carry.unpacked(other.store, side.person_id, text)).toEqual({ ok: true, value: { records: 1, photos: 1 } })
    expect(await carry.unpacked(other.store, side.person_id, text)).toEqual({ ok: true, value: { records: 0, photos: 0 } })
    expect((await outbox.due(other.store, 0))[0]).toMatchObject(one)
    expect((await photos.one(other.store, 'a'))?.bytes).toEqual(photoOf('v', 'a', 70_000).bytes)
  })

  test('a replica of another shape is as good as none', async () => {
    const { store } = await world()
    await store.put('kept', { version: 'old', retailers: 3 }, 'replica')
    expect(await kept.replica(store)).toBe(null)
  })
})
