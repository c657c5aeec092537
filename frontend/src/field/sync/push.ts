import { delay } from '../../lib/backoff'
import type { Sent } from '../api/shapes'
import * as kept from '../store/kept'
import * as outbox from '../store/outbox'
import type { Outgoing } from '../store/schema'
import { DONE, type Outcome, type Side } from './turn'

const MOST = 100
const MOST_BYTES = 900_000
/** So many single records in a row that the server breaks on, and it is the server, not the records. */
const BROKEN_IN_A_ROW = 3

/** The next records that fit into one call, the oldest first. */
export function batchOf(waiting: readonly Outgoing[], most: number): readonly Sent[] {
  const batch: Sent[] = []
  let bytes = 0
  for (const { id, verb, made_at, seen, body } of waiting) {
    const sent = { id, verb, made_at, seen, body }
    bytes += new Blob([JSON.stringify(sent)]).size
    if (batch.length === most || (batch.length > 0 && bytes > MOST_BYTES)) break
    batch.push(sent)
  }
  return batch
}

/**
 * Send what waits. A batch that the server refuses or breaks on is halved until the one bad record stands alone: that one is shown
 * as refused, or set aside for later, and the others go on.
 */
export async function push({ store, calls, line }: Side): Promise<{ readonly outcome: Outcome; readonly settled: number }> {
  const device = await kept.thisDevice(store)
  let [most, settled, broken] = [MOST, 0, 0]
  for (;;) {
    const { now, random } = line.ground
    const waiting = await outbox.due(store, now())
    const batch = batchOf(waiting, most)
    const [first] = batch
    if (first === undefined) return { outcome: DONE, settled }
    const answer = await line.call(() => calls.push({ device, device_now: new Date(now()).toISOString(), records: batch }), false)
    const at = new Date(now()).toISOString()
    switch (answer.kind) {
      case 'done': {
        await kept.keepClock(store, answer.value.server_now, now())
        const named = await outbox.settle(store, answer.value.verdicts, at)
        if (named === 0) for (const { id } of batch) await outbox.postpone(store, id, now() + 60_000)
        settled += named
        broken = 0
        most = Math.min(MOST, most * 2)
        break
      }
      case 'unreachable':
        if (!answer.broken) return { outcome: { kind: 'unreachable' }, settled }
        if (batch.length === 1) {
          broken += 1
          const tries = waiting.find(({ id }) => id === first.id)?.tries ?? 0
          await outbox.postpone(store, first.id, now() + delay(tries + 6, random()))
          if (broken >= BROKEN_IN_A_ROW) return { outcome: { kind: 'unreachable' }, settled }
        }
        most = Math.ceil(batch.length / 2)
        await line.rest()
        break
      case 'refused':
        if (answer.status === 403) return { outcome: { kind: 'denied', reason: answer.reason }, settled }
        if (batch.length === 1) {
          await outbox.refuse(store, first.id, answer.reason, at)
          settled += 1
        }
        most = Math.ceil(batch.length / 2)
        break
      case 'signed_out':
        return { outcome: { kind: 'signed_out' }, settled }
      case 'same':
        return { outcome: { kind: 'unreachable' }, settled }
    }
  }
}
