import { delay } from '../../lib/backoff'
import type { Answer } from '../api/calls'

/** What the sync stands on, handed in so that tests need no clock and no chance. */
export type Ground = {
  readonly now: () => number
  readonly random: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
}

export const realGround: Ground = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
}

const TRIES = 5
const LONGEST_WAIT_MS = 10_000

/** A line that fails now and then: a call is tried again a few times, later each time; failures in a row are counted over all calls. */
export class Line {
  #failures = 0

  constructor(readonly ground: Ground) {}

  /** Wait as long as the failures so far ask for. */
  async rest(): Promise<void> {
    await this.ground.sleep(delay(this.#failures, this.ground.random()))
  }

  /** `patient` is false where the caller does something better about a broken server than asking it again. */
  async call<T>(make: () => Promise<Answer<T>>, patient = true): Promise<Answer<T>> {
    for (;;) {
      const answer = await make()
      if (answer.kind !== 'unreachable') {
        this.#failures = 0
        return answer
      }
      this.#failures += 1
      const wait = Math.max(delay(this.#failures, this.ground.random()), answer.wait_seconds * 1000)
      if (this.#failures >= TRIES || wait > LONGEST_WAIT_MS || (answer.broken && !patient)) return answer
      await this.ground.sleep(wait)
    }
  }
}
