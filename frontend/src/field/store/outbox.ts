import type { Verdict } from '../api/shapes'
import type { Work } from '../visiting/finish'
import type { Outgoing, State, Store } from './schema'

export function outgoing(work: Work, seen: string | null): Outgoing {
  return { ...work, seen, state: 'pending', reason: '', latest: null, tries: 0, not_before: 0, settled_at: null }
}

export async function add(store: Store, works: readonly Work[], seen: string | null): Promise<void> {
  const change = store.transaction('outbox', 'readwrite')
  for (const work of works) await change.store.add(outgoing(work, seen))
  await change.done
}

/** Every record, the newest first. */
export async function all(store: Store): Promise<readonly Outgoing[]> {
  return (await store.getAll('outbox')).reverse()
}

/** What may be sent now, the oldest first. */
export async function due(store: Store, now: number): Promise<readonly Outgoing[]> {
  return (await store.getAllFromIndex('outbox', 'state', 'pending')).filter((one) => one.not_before <= now)
}

export async function one(store: Store, id: string): Promise<Outgoing | null> {
  return (await store.getFromIndex('outbox', 'id', id)) ?? null
}

async function changed(store: Store, id: string, by: (found: Outgoing) => Outgoing): Promise<boolean> {
  const work = store.transaction('outbox', 'readwrite')
  const found = await work.store.index('id').get(id)
  if (found !== undefined) await work.store.put(by(found))
  await work.done
  return found !== undefined
}

const AFTER: Record<Verdict['verdict'], State> = { applied: 'sent', refused: 'refused', conflict: 'conflict' }

/** Write down what the server said of some records; a record it did not name goes on waiting. */
export async function settle(store: Store, said: readonly Verdict[], at: string): Promise<number> {
  let settled = 0
  for (const { id, verdict, reason, latest } of said) {
    const known = await changed(store, id, (found) =>
      found.state === 'pending' ? { ...found, state: AFTER[verdict], reason, latest, settled_at: at } : found,
    )
    if (known) settled += 1
  }
  return settled
}

/** Set a record aside that breaks the server, so that the others go past it; it is tried again later. */
export async function postpone(store: Store, id: string, until: number): Promise<void> {
  await changed(store, id, (found) => ({ ...found, tries: found.tries + 1, not_before: until }))
}

export async function refuse(store: Store, id: string, reason: string, at: string): Promise<void> {
  await changed(store, id, (found) => ({ ...found, state: 'refused', reason, settled_at: at }))
}

/** Let a refused record go. It can be taken back until it is swept away. */
export async function discard(store: Store, id: string, at: string): Promise<void> {
  await changed(store, id, (found) => (found.state === 'refused' || found.state === 'conflict' ? { ...found, state: 'discarded', settled_at: at } : found))
}

export async function takeBack(store: Store, id: string): Promise<void> {
  await changed(store, id, (found) => (found.state === 'discarded' ? { ...found, state: 'refused' } : found))
}

/** Ask again with the same id: right when the reason has gone, and harmless when it has not. */
export async function again(store: Store, id: string): Promise<void> {
  await changed(store, id, (found) => (found.state === 'sent' ? found : { ...found, state: 'pending', reason: '', not_before: 0, settled_at: null }))
}

export type Counts = { readonly pending: number; readonly photos: number; readonly trouble: number }

/** What is not at the server yet, and what waits for the person. */
export async function counts(store: Store): Promise<Counts> {
  const of = (state: State): Promise<number> => store.countFromIndex('outbox', 'state', state)
  const photos = (state: string): Promise<number> => store.countFromIndex('photos', 'state', state)
  const [pending, refused, conflict, waiting, refusedPhotos] = await Promise.all([
    of('pending'), of('refused'), of('conflict'), photos('pending'), photos('refused'),
  ]) // prettier-ignore
  return { pending, photos: waiting, trouble: refused + conflict + refusedPhotos }
}

const KEPT_MS = 7 * 86_400_000

/** Forget what was sent or discarded a week ago. */
export async function sweep(store: Store, now: number): Promise<void> {
  const work = store.transaction(['outbox', 'photos'], 'readwrite')
  const old = (settled: string | null): boolean => settled !== null && now - Date.parse(settled) > KEPT_MS
  for (const one of await work.objectStore('outbox').getAll()) {
    if ((one.state === 'sent' || one.state === 'discarded') && old(one.settled_at) && one.order !== undefined) {
      await work.objectStore('outbox').delete(one.order)
    }
  }
  for (const photo of await work.objectStore('photos').getAll()) {
    if ((photo.state === 'sent' || photo.state === 'discarded') && old(photo.settled_at)) await work.objectStore('photos').delete(photo.id)
  }
  await work.done
}
