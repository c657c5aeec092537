import { nullable, number, object, string } from '../../lib/validation'
import * as outbox from '../store/outbox'
import type { Desk } from './desk'

const visited = object({ planned_id: nullable(string), retailer_id: number })

/** Planned visits that this phone has finished, whether or not the server knows already. */
export async function doneHere(desk: Desk): Promise<ReadonlySet<string>> {
  const done = new Set<string>()
  for (const { verb, body, state } of await outbox.all(desk.store)) {
    const said = verb === 'visits.complete' && state !== 'discarded' ? visited(body) : null
    if (said?.ok === true && said.value.planned_id !== null) done.add(said.value.planned_id)
  }
  return done
}
