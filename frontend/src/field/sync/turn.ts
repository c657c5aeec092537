import type { Calls } from '../api/calls'
import * as kept from '../store/kept'
import * as outbox from '../store/outbox'
import type { Store } from '../store/schema'
import type { Line } from './line'
import { sendPhotos } from './photos'
import { push } from './push'

export type Side = { readonly store: Store; readonly calls: Calls; readonly line: Line; readonly person_id: number }

/** How far a turn came; everything but `done` leaves what is unsent where it is. */
export type Outcome =
  | { readonly kind: 'done'; /** Something was set aside and is to be tried again soon. */ readonly waits: boolean }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'signed_out' }
  | { readonly kind: 'denied'; readonly reason: string }
  | { readonly kind: 'other_person'; readonly person_id: number; readonly name: string }

export const DONE: Outcome = { kind: 'done', waits: false }

/** Fetch what the server knows, if it has changed. Whose session it is is known afterwards, before anything is sent. */
export async function pull({ store, calls, line, person_id }: Side): Promise<Outcome> {
  const version = (await kept.replica(store))?.version ?? null
  const answer = await line.call(() => calls.replica(version))
  switch (answer.kind) {
    case 'done':
      if (answer.value.person.id !== person_id) return { kind: 'other_person', person_id: answer.value.person.id, name: answer.value.person.name }
      await kept.keepReplica(store, answer.value)
      await kept.keepClock(store, answer.value.server_now, line.ground.now())
      break
    case 'same':
      await kept.keepClock(store, answer.server_now, line.ground.now())
      break
    case 'refused':
      return { kind: 'denied', reason: answer.reason }
    default:
      return { kind: answer.kind }
  }
  await kept.keepSynced(store, new Date(line.ground.now()).toISOString())
  return DONE
}

/** One turn: see who is signed in and what is new, send the records, then the photos, then see what came of it. */
export async function turn(side: Side): Promise<Outcome> {
  const first = await pull(side)
  if (first.kind !== 'done') return first
  const pushed = await push(side)
  if (pushed.outcome.kind !== 'done') return pushed.outcome
  const photos = await sendPhotos(side)
  await outbox.sweep(side.store, side.line.ground.now())
  if (photos.kind !== 'done') return photos
  const last = pushed.settled > 0 ? await pull(side) : DONE
  const { pending, photos: pictures } = await outbox.counts(side.store)
  return last.kind === 'done' ? { kind: 'done', waits: pending + pictures > 0 } : last
}
