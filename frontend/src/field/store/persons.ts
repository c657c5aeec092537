import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { number, object, string } from '../../lib/validation'
import type { Store } from './schema'

/*
 * Who uses this phone. Each person has a store of their own, so that nobody sends or reads what another one wrote. The name of the last
 * one stands in a store too: what is in `localStorage` is lost when the browser is killed soon after.
 */

interface Names extends DBSchema {
  last: { key: 'person'; value: { readonly id: number; readonly name: string } }
}

const person = object({ id: number, name: string })

async function withNames<T>(work: (names: IDBPDatabase<Names>) => Promise<T>): Promise<T> {
  const names = await openDB<Names>('lianxin-field', 1, {
    upgrade(store) {
      store.createObjectStore('last')
    },
  })
  try {
    return await work(names)
  } finally {
    names.close()
  }
}

export async function lastPerson(): Promise<{ readonly id: number; readonly name: string } | null> {
  const found = person(await withNames((names) => names.get('last', 'person')))
  return found.ok ? found.value : null
}

export async function keepPerson(id: number, name: string): Promise<void> {
  await withNames((names) => names.put('last', { id, name }, 'person'))
}

/** Remove what the server said from the phone; drafts and what is unsent stay. */
export async function forgetReplica(store: Store): Promise<void> {
  await store.delete('kept', 'replica')
  const work = store.transaction(['outbox', 'photos'], 'readwrite')
  for (const one of await work.objectStore('outbox').index('state').getAll('sent')) {
    if (one.order !== undefined) await work.objectStore('outbox').delete(one.order)
  }
  for (const id of await work.objectStore('photos').index('state').getAllKeys('sent')) await work.objectStore('photos').delete(id)
  await work.done
  await withNames((names) => names.delete('last', 'person'))
}
