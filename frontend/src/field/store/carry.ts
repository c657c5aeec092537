import { fault, ok, type Result } from '../../lib/result'
import { anything, list, nullable, number, object, oneOf, parsed, string } from '../../lib/validation'
import type { Outgoing, Photo, Store } from './schema'

/* The queue as a file: what is not at the server yet can leave the phone by hand and come back on another. */

const FORMAT = 'lianxin-field-queue'
const record = object({ id: string, verb: string, made_at: string, seen: nullable(string), body: anything, retailer_id: nullable(number) })
const photo = object({
  id: string,
  visit_id: string,
  retailer_id: number,
  place: number,
  action_kind: string,
  taken_at: string,
  width: number,
  height: number,
  sha256: string,
  bytes: string,
})
const queue = object({ format: oneOf(FORMAT), version: number, person_id: number, records: list(record), photos: list(photo) })

const CHUNK = 0x8000

function toText(bytes: ArrayBuffer): string {
  const given = new Uint8Array(bytes)
  let text = ''
  for (let start = 0; start < given.length; start += CHUNK) text += String.fromCharCode(...given.subarray(start, start + CHUNK))
  return btoa(text)
}

function toBytes(text: string): ArrayBuffer | null {
  try {
    const found = atob(text)
    const bytes = new Uint8Array(found.length)
    for (let place = 0; place < found.length; place += 1) bytes[place] = found.charCodeAt(place)
    return bytes.buffer
  } catch {
    return null
  }
}

const UNSENT = new Set(['pending', 'refused', 'conflict'])

/** Everything unsent as the text of a file. */
export async function packed(store: Store, personId: number, at: string): Promise<string> {
  const records = (await store.getAll('outbox'))
    .filter((one) => UNSENT.has(one.state))
    .map(({ id, verb, made_at, seen, body, retailer_id }) => ({ id, verb, made_at, seen, body, retailer_id }))
  const photos = (await store.getAll('photos'))
    .filter((one) => one.state === 'pending' || one.state === 'refused')
    .flatMap(({ id, visit_id, retailer_id, place, action_kind, taken_at, width, height, sha256, bytes }) =>
      bytes === null ? [] : [{ id, visit_id, retailer_id, place, action_kind, taken_at, width, height, sha256, bytes: toText(bytes) }],
    )
  return JSON.stringify({ format: FORMAT, version: 1, person_id: personId, exported_at: at, records, photos })
}

/** Take a file in. What is here already stays as it is; nothing enters twice. Answers how many records and photos are new. */
export async function unpacked(store: Store, personId: number, text: string): Promise<Result<{ readonly records: number; readonly photos: number }>> {
  const read = parsed(text, queue)
  if (!read.ok) return fault('unreadable')
  if (read.value.person_id !== personId) return fault('another_person')
  const found = read.value.photos.map((one) => ({ one, bytes: toBytes(one.bytes) }))
  if (found.some(({ bytes }) => bytes === null)) return fault('unreadable')
  const work = store.transaction(['outbox', 'photos'], 'readwrite')
  const [outbox, photos] = [work.objectStore('outbox'), work.objectStore('photos')]
  const added = { records: 0, photos: 0 }
  for (const one of read.value.records) {
    if ((await outbox.index('id').getKey(one.id)) !== undefined) continue
    const fresh: Outgoing = { ...one, state: 'pending', reason: '', latest: null, tries: 0, not_before: 0, settled_at: null }
    await outbox.add(fresh)
    added.records += 1
  }
  for (const { one, bytes } of found) {
    if (bytes === null || (await photos.getKey(one.id)) !== undefined) continue
    const fresh: Photo = { ...one, bytes, size: bytes.byteLength, state: 'pending', have: 0, reason: '', tries: 0, not_before: 0, settled_at: null }
    await photos.add(fresh)
    added.photos += 1
  }
  await work.done
  return ok(added)
}
