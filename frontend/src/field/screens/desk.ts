import { local } from '../../lib/dates'
import type { Replica, Retailer } from '../api/shapes'
import * as outbox from '../store/outbox'
import { stored, type Store } from '../store/schema'
import type { Loop } from '../sync/loop'
import type { Work } from '../visiting/finish'
import type { Words } from '../words'

/** What every screen works with: the phone's store, what the server said last, the words, the clock, and the way to other screens. */
export class Desk {
  replica: Replica
  offset_ms = 0

  constructor(
    readonly store: Store,
    readonly loop: Loop,
    replica: Replica,
    public words: Words,
    public language: string,
    readonly toast: (text: string) => void,
  ) {
    this.replica = replica
  }

  get zone(): string {
    return this.replica.company.time_zone
  }

  /** The phone's clock: what records are made at. */
  now(): number {
    return Date.now()
  }

  iso(): string {
    return new Date(this.now()).toISOString()
  }

  /** The day and time where the company is, by the server's clock as far as it is known. */
  here(): { readonly day: string; readonly time: string } {
    return local(this.now() + this.offset_ms, this.zone)
  }

  /** The time of day of an instant that this phone wrote down. */
  timeOf(at: string): string {
    return local(Date.parse(at), this.zone).time
  }

  momentOf(at: string): string {
    const { day, time } = local(Date.parse(at), this.zone)
    return `${day} ${time}`
  }

  retailer(id: number): Retailer | null {
    return this.replica.retailers.find((one) => one.id === id) ?? null
  }

  go(path: string): void {
    location.hash = path
  }

  /** Put work into the outbox; false when the phone is full, which the person has then been told. */
  async queue(...works: readonly Work[]): Promise<boolean> {
    const result = await stored(outbox.add(this.store, works, this.replica.version))
    if (!result.ok) this.toast(this.words.faults.full)
    else this.loop.queued()
    return result.ok
  }
}

export type Screen = {
  readonly title: string
  readonly body: HTMLElement
  /** Where the arrow in the head leads; screens of the menu have none. */
  readonly back?: string
  /** What stands under the thumb instead of the menu. */
  readonly bar?: HTMLElement
  /** Drawn anew when the store changes; a screen where one types is not. */
  readonly live: boolean
}

export type ScreenOf = (desk: Desk, ...given: readonly string[]) => Promise<Screen>
