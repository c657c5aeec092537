import { delay } from '../../lib/backoff'
import type { Side, Outcome } from './turn'
import { turn } from './turn'

export type Standing = 'resting' | 'working' | 'waiting' | 'offline' | 'signed_out' | 'denied' | 'other_person'

const REGULAR_MS = 10 * 60_000
const SET_ASIDE_MS = 30_000
const BUSY_ELSEWHERE_MS = 3_000

/**
 * When turns are taken: at the start, when something is queued, when the network comes back, when the person asks, else every ten minutes.
 * One turn at a time in one tab of all; after failures later and later, at random, so that a town of phones does not come back at once.
 */
export class Loop extends EventTarget {
  standing: Standing = 'resting'
  reason = ''
  /** The other person whose session this browser holds. */
  other: { readonly person_id: number; readonly name: string } | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #failures = 0
  #running: Promise<void> | null = null
  #again = false
  readonly #others = new BroadcastChannel('lianxin-field')

  constructor(readonly side: Side) {
    super()
    this.#others.addEventListener('message', () => this.dispatchEvent(new Event('changed')))
  }

  start(): void {
    addEventListener('online', () => this.#at(delay(3, this.side.line.ground.random())))
    addEventListener('offline', () => this.#stand('offline'))
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible' && (this.standing === 'signed_out' || this.standing === 'offline')) this.#at(0)
    })
    this.#at(0)
  }

  /** Something new waits to be sent. While the line is bad the next try stays where it is. */
  queued(): void {
    this.tell()
    if (this.#failures === 0) this.#at(300)
  }

  /** The person asks: now, whatever happened before. */
  async ask(): Promise<void> {
    this.#failures = 0
    await this.#run()
  }

  /** Tell this tab and the others that the store has changed. */
  tell(): void {
    this.dispatchEvent(new Event('changed'))
    this.#others.postMessage('changed')
  }

  #at(milliseconds: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#run(), milliseconds)
  }

  #stand(standing: Standing, reason = ''): void {
    this.standing = standing
    this.reason = reason
    this.dispatchEvent(new Event('standing'))
  }

  async #run(): Promise<void> {
    if (this.#running !== null) {
      this.#again = true
      return this.#running
    }
    this.#running = this.#turns()
    try {
      await this.#running
    } finally {
      this.#running = null
    }
  }

  async #turns(): Promise<void> {
    do {
      this.#again = false
      if (!navigator.onLine) {
        this.#stand('offline')
        return
      }
      this.#stand('working')
      const name = `lianxin-field-${this.side.person_id}`
      const outcome = await navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock === null ? null : turn(this.side)))
      this.#after(outcome)
      this.tell()
    } while (this.#again && this.standing === 'resting')
  }

  #after(outcome: Outcome | null): void {
    if (outcome === null) {
      // Another tab is at it; look again soon, in case it is closed in the middle.
      this.#at(BUSY_ELSEWHERE_MS)
      this.#stand('resting')
      return
    }
    switch (outcome.kind) {
      case 'done':
        this.#failures = 0
        this.#at(outcome.waits ? SET_ASIDE_MS : REGULAR_MS)
        this.#stand('resting')
        break
      case 'unreachable':
        this.#failures += 1
        this.#at(delay(this.#failures + 4, this.side.line.ground.random()))
        this.#stand('waiting')
        break
      case 'other_person':
        this.other = outcome
        this.#stand('other_person')
        break
      case 'denied':
        this.#stand('denied', outcome.reason)
        break
      case 'signed_out':
        this.#stand('signed_out')
    }
  }
}
