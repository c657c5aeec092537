import type { Words } from '../words'
import type { Draft } from './draft'

export type Stamped = { readonly when: string; readonly shop: string; readonly person: string }

/** The lines written on a photograph: where is told by the answer alone; coordinates would outlive their time and a consent taken back. */
export function stampOf(draft: Draft, { when, shop, person }: Stamped, words: Words): readonly string[] {
  const answer = words.place.answers[draft.check_in_answer ?? 'no_fix']
  return [when, [shop, answer].filter((part) => part !== '').join(' · '), person]
}
