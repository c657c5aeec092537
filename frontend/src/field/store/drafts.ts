import { fault, ok, type Result } from '../../lib/result'
import type { Draft } from '../visiting/draft'
import type { Work } from '../visiting/finish'
import { outgoing } from './outbox'
import type { Store } from './schema'

/** The visit that goes on, if one does. */
export async function current(store: Store): Promise<Draft | null> {
  const all = await store.getAll('drafts')
  return all[0] ?? null
}

/** Begin a visit; refused while another goes on, also in another tab. */
export async function begin(store: Store, draft: Draft): Promise<Result<Draft>> {
  const work = store.transaction('drafts', 'readwrite')
  const [open] = await work.store.getAll()
  if (open !== undefined) {
    await work.done
    return open.retailer_id === draft.retailer_id ? ok(open) : fault('another_open')
  }
  await work.store.add(draft)
  await work.done
  return ok(draft)
}

/** Change the visit as it is in the store now, not as a screen saw it: two tabs may write different steps. */
export async function change(store: Store, visitId: string, by: (draft: Draft) => Draft): Promise<Draft | null> {
  const work = store.transaction('drafts', 'readwrite')
  const found = await work.store.get(visitId)
  const changed = found === undefined ? null : by(found)
  if (changed !== null) await work.store.put(changed)
  await work.done
  return changed
}

/** Give up a visit that has not begun at the shop; after check-in a visit ends only by ending. */
export async function abandon(store: Store, visitId: string): Promise<boolean> {
  const work = store.transaction(['drafts', 'photos'], 'readwrite')
  const found = await work.objectStore('drafts').get(visitId)
  const may = found !== undefined && found.check_in_at === null
  if (may) {
    await work.objectStore('drafts').delete(visitId)
    for (const id of await work.objectStore('photos').index('visit_id').getAllKeys(visitId)) await work.objectStore('photos').delete(id)
  }
  await work.done
  return may
}

/** End a visit: its records enter the outbox and its photos wait to be sent, all of it or nothing. False when it has ended already. */
export async function finish(store: Store, visitId: string, made: readonly Work[], seen: string | null): Promise<boolean> {
  const work = store.transaction(['drafts', 'outbox', 'photos'], 'readwrite')
  const drafts = work.objectStore('drafts')
  const open = (await drafts.getKey(visitId)) !== undefined
  if (open) {
    await drafts.delete(visitId)
    for (const one of made) await work.objectStore('outbox').add(outgoing(one, seen))
    for (const photo of await work.objectStore('photos').index('visit_id').getAll(visitId)) {
      if (photo.state === 'held') await work.objectStore('photos').put({ ...photo, state: 'pending' })
    }
  }
  await work.done
  return open
}
