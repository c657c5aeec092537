import 'fake-indexeddb/auto'
import type { Answer, Calls } from '../../src/field/api/calls'
import { replica as shape, type PhotoHead, type Push, type Replica, type Sent, type Verdict } from '../../src/field/api/shapes'
import { openStore, type Photo, type Store } from '../../src/field/store/schema'
import { Line } from '../../src/field/sync/line'
import type { Side } from '../../src/field/sync/turn'

let persons = 0

export function replicaFor(person: number, more: Record<string, unknown> = {}): Replica {
  const found = shape({
    version: 'v1',
    server_now: '2026-11-20T02:00:00+00:00',
    company: { name: '临江', time_zone: 'Asia/Shanghai', auto_close_minutes: 60 },
    person: { id: person, name: '王小明', employee_no: 'E1' },
    consent: { purpose: '', given_at: null },
    visit_types: [
      { id: 1, code: 'regular', version: 1, name: '例行', actions: ['theme', 'check_in', 'stock_count', 'price_tags', 'market_order', 'policy', 'promises', 'note', 'check_out'].map((kind) => ({ kind, required: kind === 'note' })) },
    ],
    themes: [],
    questions: [],
    policies: [],
    products: [],
    topics: [],
    promise_limits: [],
    retailers: [{ id: 7, licence_no: 'L7', name: '便民商店', promises: [], requests: [] }],
    plan: [],
    ...more,
  })
  if (!found.ok) throw new Error(found.fault)
  return found.value
}

/** A server as the protocol has it: each id once, the same verdict again. Faults are planned by the test. */
export class FakeServer implements Calls {
  readonly applied = new Map<string, { body: string; verdict: Verdict }>()
  readonly photos = new Map<string, { bytes: Uint8Array; done: PhotoHead | null }>()
  readonly calls: string[] = []
  /** What happens instead of the next calls; `null` lets one through. `lost` is done and the answer does not arrive. */
  weather: (n: number, call: string) => 'lost' | 'down' | 'broken' | 'out' | null = () => null
  refuses: (record: Sent) => Verdict['verdict'] | null = () => null
  breaksOn: (record: Sent) => boolean = () => false

  constructor(public known: Replica) {}

  async #answer<T>(call: string, work: () => Answer<T>): Promise<Answer<T>> {
    this.calls.push(call)
    const weather = this.weather(this.calls.length, call)
    if (weather === 'out') return { kind: 'signed_out' }
    if (weather === 'down') return { kind: 'unreachable', broken: false, wait_seconds: 0 }
    if (weather === 'broken') return { kind: 'unreachable', broken: true, wait_seconds: 0 }
    const done = work()
    return weather === 'lost' ? { kind: 'unreachable', broken: false, wait_seconds: 0 } : done
  }

  replica(version: string | null): Promise<Answer<Replica>> {
    return this.#answer('replica', () => (version === this.known.version ? { kind: 'same', server_now: '' } : { kind: 'done', value: this.known }))
  }

  push(body: Push): Promise<Answer<{ server_now: string; verdicts: readonly Verdict[] }>> {
    return this.#answer(`push ${body.records.length}`, () => {
      if (body.records.some((record) => this.breaksOn(record))) return { kind: 'unreachable', broken: true, wait_seconds: 0 }
      const verdicts = body.records.map((record): Verdict => {
        const text = JSON.stringify(record.body)
        const before = this.applied.get(record.id)
        if (before !== undefined) return before.body === text ? before.verdict : { id: record.id, verdict: 'refused', reason: 'another body', latest: null }
        const verdict = this.refuses(record) ?? 'applied'
        const said: Verdict = { id: record.id, verdict, reason: verdict === 'applied' ? '' : '不行', latest: null }
        this.applied.set(record.id, { body: text, verdict: said })
        return said
      })
      return { kind: 'done', value: { server_now: body.device_now, verdicts } }
    })
  }

  #photo(id: string): { bytes: Uint8Array; done: PhotoHead | null } {
    const found = this.photos.get(id) ?? { bytes: new Uint8Array(), done: null }
    this.photos.set(id, found)
    return found
  }

  photo(id: string): Promise<Answer<{ have: number; complete: boolean }>> {
    return this.#answer('photo', () => ({ kind: 'done', value: { have: this.#photo(id).bytes.length, complete: this.#photo(id).done !== null } }))
  }

  part(id: string, offset: number, bytes: ArrayBuffer): Promise<Answer<{ have: number; complete: boolean }>> {
    return this.#answer('part', () => {
      const found = this.#photo(id)
      if (offset > found.bytes.length) return { kind: 'refused', status: 409, reason: 'a gap' }
      if (offset === found.bytes.length) {
        const joined = new Uint8Array(offset + bytes.byteLength)
        joined.set(found.bytes)
        joined.set(new Uint8Array(bytes), offset)
        found.bytes = joined
      }
      return { kind: 'done', value: { have: found.bytes.length, complete: false } }
    })
  }

  finish(id: string, head: PhotoHead): Promise<Answer<{ complete: boolean }>> {
    return this.#answer('finish', () => {
      this.#photo(id).done = head
      return { kind: 'done', value: { complete: true } }
    })
  }

  async signOut(): Promise<boolean> {
    return true
  }
}

export type World = { readonly server: FakeServer; readonly side: Side; readonly store: Store; readonly slept: number[]; now: number }

/** A phone of its own with a server of its own. Time passes only by sleeping. */
export async function world(more: Record<string, unknown> = {}): Promise<World> {
  const person = (persons += 1)
  const server = new FakeServer(replicaFor(person, more))
  const store = await openStore(person)
  const slept: number[] = []
  const made: World = { server, store, slept, now: Date.parse('2026-11-20T02:00:00Z'), side: undefined as unknown as Side }
  const ground = {
    now: () => made.now,
    random: () => 0.5,
    sleep: async (milliseconds: number) => {
      slept.push(milliseconds)
      made.now += milliseconds
    },
  }
  return Object.assign(made, { side: { store, calls: server, line: new Line(ground), person_id: person } })
}

export function photoOf(visit_id: string, id: string, size: number, state: Photo['state'] = 'pending'): Photo {
  const bytes = new Uint8Array(size).map((_, index) => index % 251).buffer
  return {
    id, visit_id, retailer_id: 7, place: 4, action_kind: 'market_order', taken_at: '2026-11-20T02:00:00Z', width: 4, height: 3, sha256: 'x', size, bytes,
    state, have: 0, reason: '', tries: 0, not_before: 0, settled_at: null,
  } // prettier-ignore
}
