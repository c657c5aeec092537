import { newId } from '../../lib/uuid'
import { boolean, number, object, string, type Validator } from '../../lib/validation'
import { replica as replicaShape, type Replica } from '../api/shapes'
import type { Store } from './schema'

/* Single things that the phone keeps: the replica, how wrong its clock is, its own name, what was answered once. */

async function get<T>(store: Store, key: string, validator: Validator<T>): Promise<T | null> {
  const found = validator(await store.get('kept', key))
  return found.ok ? found.value : null
}

/** What the server said last; null when it never did, or in a shape that this version of the app cannot read. */
export const replica = (store: Store): Promise<Replica | null> => get(store, 'replica', replicaShape)

export async function keepReplica(store: Store, given: Replica): Promise<void> {
  await store.put('kept', given, 'replica')
}

const clock = object({ offset_ms: number, at: string })

/** Server minus phone, in milliseconds, when they last spoke. */
export async function clockOffset(store: Store): Promise<number> {
  return (await get(store, 'clock', clock))?.offset_ms ?? 0
}

export async function keepClock(store: Store, serverNow: string, deviceNow: number): Promise<void> {
  const server = Date.parse(serverNow)
  if (Number.isNaN(server)) return
  await store.put('kept', { offset_ms: server - deviceNow, at: new Date(deviceNow).toISOString() }, 'clock')
}

const device = object({ id: string, name: string })

export async function thisDevice(store: Store): Promise<{ readonly id: string; readonly name: string }> {
  const known = await get(store, 'device', device)
  if (known !== null) return known
  const words = /\(([^)]{1,80})\)/.exec(navigator.userAgent)?.[1] ?? 'browser'
  const made = { id: newId(), name: words.slice(0, 120) }
  await store.put('kept', made, 'device')
  return made
}

/** Whether somebody has been asked about positions and said no, so that the question is not put every morning. */
export const declined = async (store: Store): Promise<boolean> => (await get(store, 'declined', boolean)) ?? false

export async function keepDeclined(store: Store, no: boolean): Promise<void> {
  await store.put('kept', no, 'declined')
}

const synced = object({ at: string })

export const syncedAt = async (store: Store): Promise<string | null> => (await get(store, 'synced', synced))?.at ?? null

export async function keepSynced(store: Store, at: string): Promise<void> {
  await store.put('kept', { at }, 'synced')
}
