import * as photos from '../store/photos'
import type { Photo } from '../store/schema'
import { DONE, type Outcome, type Side } from './turn'

export const PART_BYTES = 256 * 1024

type Step = Outcome | { readonly kind: 'refused'; readonly reason: string }

/** Send the photos that wait, one after another; a refused one is shown and the next one goes. */
export async function sendPhotos(side: Side): Promise<Outcome> {
  const { store, line } = side
  for (const id of await photos.due(store)) {
    const photo = await photos.one(store, id)
    if (photo === null || photo.bytes === null || photo.state !== 'pending' || photo.not_before > line.ground.now()) continue
    const step = await sendOne(side, photo, photo.bytes)
    if (step.kind === 'refused') {
      await photos.change(store, id, { state: 'refused', reason: step.reason, settled_at: new Date(line.ground.now()).toISOString() })
    } else if (step.kind !== 'done') {
      await photos.change(store, id, { tries: photo.tries + 1 })
      return step
    }
  }
  return DONE
}

async function sendOne(side: Side, photo: Photo, bytes: ArrayBuffer): Promise<Step> {
  const { store, calls, line } = side
  // A photo that was begun before goes on where the server says, not where the phone believes.
  let have = photo.have > 0 || photo.tries > 0 ? await had(side, photo) : { kind: 'at' as const, have: 0 }
  for (let round = 0; round < 3; round += 1) {
    if (have.kind !== 'at') return have
    let at = have.have
    let odd = false
    while (at < bytes.byteLength && !odd) {
      const from = at
      const answer = await line.call(() => calls.part(photo.id, from, bytes.slice(from, from + PART_BYTES)))
      if (answer.kind === 'done' && answer.value.have > from) {
        at = answer.value.have
        await photos.change(store, photo.id, { have: at })
      } else if (answer.kind === 'done' || (answer.kind === 'refused' && answer.status === 409)) odd = true
      else return stopped(answer)
    }
    if (!odd) {
      const { sha256, visit_id, action_kind, taken_at, width, height } = photo
      const answer = await line.call(() => calls.finish(photo.id, { sha256, visit_id, action_kind, taken_at, width, height }))
      if (answer.kind === 'done' && answer.value.complete) return sent(side, photo)
      if (answer.kind !== 'done' && !(answer.kind === 'refused' && answer.status === 409)) return stopped(answer)
    }
    have = await had(side, photo)
  }
  return { kind: 'unreachable' }
}

async function sent({ store, line }: Side, photo: Photo): Promise<Outcome> {
  await photos.change(store, photo.id, { state: 'sent', bytes: null, reason: '', settled_at: new Date(line.ground.now()).toISOString() })
  return DONE
}

async function had(side: Side, photo: Photo): Promise<Step | { readonly kind: 'at'; readonly have: number }> {
  const answer = await side.line.call(() => side.calls.photo(photo.id))
  if (answer.kind !== 'done') return answer.kind === 'refused' && answer.status === 404 ? { kind: 'at', have: 0 } : stopped(answer)
  return answer.value.complete ? sent(side, photo) : { kind: 'at', have: answer.value.have }
}

function stopped(answer: { readonly kind: string; readonly reason?: string; readonly status?: number }): Step {
  if (answer.kind === 'signed_out') return { kind: 'signed_out' }
  if (answer.kind !== 'refused') return { kind: 'unreachable' }
  return answer.status === 403 ? { kind: 'denied', reason: answer.reason ?? '' } : { kind: 'refused', reason: answer.reason ?? '' }
}
