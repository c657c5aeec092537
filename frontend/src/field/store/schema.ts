import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { fault, ok, type Result } from '../../lib/result'
import type { Draft } from '../visiting/draft'

/* The phone's own store, one for each person who signs in on it. A change of shape is a new version with its step below. */

export type State = 'pending' | 'sent' | 'refused' | 'conflict' | 'discarded'

export type Outgoing = {
  /** The place in the queue; the store gives it. */
  readonly order?: number
  readonly id: string
  readonly verb: string
  readonly made_at: string
  readonly seen: string | null
  readonly body: unknown
  readonly retailer_id: number | null
  readonly state: State
  readonly reason: string
  readonly latest: unknown
  readonly tries: number
  /** Not before this instant, in milliseconds; nought is at once. */
  readonly not_before: number
  readonly settled_at: string | null
}

export type Photo = {
  readonly id: string
  readonly visit_id: string
  readonly retailer_id: number
  readonly place: number
  readonly action_kind: string
  readonly taken_at: string
  readonly width: number
  readonly height: number
  readonly sha256: string
  readonly size: number
  /** Empty once the server has it all. */
  readonly bytes: ArrayBuffer | null
  /** A photo is held until its visit ends; then it waits to be sent. */
  readonly state: 'held' | State
  readonly have: number
  readonly reason: string
  readonly tries: number
  readonly not_before: number
  readonly settled_at: string | null
}

interface Shelves extends DBSchema {
  kept: { key: string; value: unknown }
  drafts: { key: string; value: Draft }
  outbox: { key: number; value: Outgoing; indexes: { id: string; state: State } }
  photos: { key: string; value: Photo; indexes: { visit_id: string; state: string } }
}

export type Store = IDBPDatabase<Shelves>

export const VERSION = 1
const NAME = 'lianxin-field-'

export function openStore(personId: number): Promise<Store> {
  return openDB<Shelves>(`${NAME}${personId}`, VERSION, {
    upgrade(store, from) {
      if (from < 1) {
        store.createObjectStore('kept')
        store.createObjectStore('drafts', { keyPath: 'visit_id' })
        const outbox = store.createObjectStore('outbox', { keyPath: 'order', autoIncrement: true })
        outbox.createIndex('id', 'id', { unique: true })
        outbox.createIndex('state', 'state')
        const photos = store.createObjectStore('photos', { keyPath: 'id' })
        photos.createIndex('visit_id', 'visit_id')
        photos.createIndex('state', 'state')
      }
    },
    blocking(_from, _to, event) {
      // A newer page wants to change the shape: let it; this page opens the store again at its next reload.
      if (event.target instanceof IDBDatabase) event.target.close()
    },
  })
}

/** Write something, or say that the phone is full. Any other fault of the store is a fault of ours and is thrown. */
export async function stored<T>(work: Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work)
  } catch (error) {
    if (error instanceof DOMException && (error.name === 'QuotaExceededError' || error.name === 'AbortError')) return fault('quota')
    throw error
  }
}
