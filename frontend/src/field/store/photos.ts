import { withPhotos, type Draft } from '../visiting/draft'
import type { Photo, Store } from './schema'

/** Keep a photo and note it in its visit, both or neither. Throws when the phone is full. */
export async function keep(store: Store, photo: Photo, at: string): Promise<Draft | null> {
  const work = store.transaction(['photos', 'drafts'], 'readwrite')
  const found = await work.objectStore('drafts').get(photo.visit_id)
  const changed = found === undefined ? null : withPhotos(found, photo.place, 1, at)
  if (changed !== null) {
    await work.objectStore('photos').add(photo)
    await work.objectStore('drafts').put(changed)
  }
  await work.done
  return changed
}

/** Throw a photo away while its visit goes on. */
export async function remove(store: Store, id: string, at: string): Promise<Draft | null> {
  const work = store.transaction(['photos', 'drafts'], 'readwrite')
  const photo = await work.objectStore('photos').get(id)
  const found = photo === undefined ? undefined : await work.objectStore('drafts').get(photo.visit_id)
  let changed: Draft | null = null
  if (photo !== undefined && found !== undefined && photo.state === 'held') {
    changed = withPhotos(found, photo.place, -1, at)
    await work.objectStore('photos').delete(id)
    await work.objectStore('drafts').put(changed)
  }
  await work.done
  return changed
}

export async function ofVisit(store: Store, visitId: string): Promise<readonly Photo[]> {
  return (await store.getAllFromIndex('photos', 'visit_id', visitId)).sort((a, b) => (a.taken_at < b.taken_at ? -1 : 1))
}

/** The ids of photos to be sent now, the oldest first: one at a time is read, never all of them. */
export async function due(store: Store): Promise<readonly string[]> {
  return (await store.getAllKeysFromIndex('photos', 'state', 'pending')).sort()
}

export async function one(store: Store, id: string): Promise<Photo | null> {
  return (await store.get('photos', id)) ?? null
}

export async function change(store: Store, id: string, given: Partial<Photo>): Promise<void> {
  const work = store.transaction('photos', 'readwrite')
  const found = await work.store.get(id)
  if (found !== undefined) await work.store.put({ ...found, ...given })
  await work.done
}

/** Photos that are not at the server, without their bytes. */
export async function waiting(store: Store): Promise<readonly Photo[]> {
  const found: Photo[] = []
  for (const state of ['held', 'pending', 'refused']) {
    for (const photo of await store.getAllFromIndex('photos', 'state', state)) found.push({ ...photo, bytes: null })
  }
  return found
}
