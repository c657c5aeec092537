import type { Retailer } from '../../api/shapes'
import * as drafts from '../../store/drafts'
import { stored } from '../../store/schema'
import { withStep, type Draft, type Step, type Values } from '../../visiting/draft'
import type { Desk } from '../desk'

/** A visit as its steps see it. What a step writes is in the store before the next thing happens. */
export class Going {
  #last: Promise<unknown> = Promise.resolve()

  constructor(
    readonly desk: Desk,
    public draft: Draft,
    readonly retailer: Retailer | null,
    readonly place: number,
    /** Draw the step again from the store. */
    readonly redraw: () => void,
  ) {}

  get step(): Step {
    const found = this.draft.steps[this.place]
    if (found === undefined) throw new RangeError(`the visit has no step ${this.place}`)
    return found
  }

  get values(): Values {
    return this.step.values
  }

  /** Change what this step holds; writes follow one another in the order of the keystrokes. */
  save(change: (values: Values) => Values): Promise<void> {
    return this.write((draft) => withStep(draft, this.place, change, this.desk.iso()))
  }

  write(change: (draft: Draft) => Draft): Promise<void> {
    const { desk } = this
    const work = this.#last.then(async () => {
      const result = await stored(drafts.change(desk.store, this.draft.visit_id, change))
      if (!result.ok) desk.toast(desk.words.faults.full)
      else if (result.value === null) {
        desk.toast(desk.words.visit.endedElsewhere)
        desk.go('/')
      } else this.draft = result.value
    })
    this.#last = work.catch(() => undefined)
    return work
  }

  /** Wait until everything typed so far is in the store. */
  async settled(): Promise<void> {
    await this.#last
  }
}

export type StepOf = (going: Going) => Promise<HTMLElement>
