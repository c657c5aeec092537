/* What a position says about being at a shop. It has four answers and none of them is proof. */

export type PlaceAnswer = 'confirmed' | 'not_confirmed' | 'cannot_tell' | 'no_fix'
export type FixSource = 'gps' | 'network' | 'cached' | 'none'
export type Point = { readonly latitude: number; readonly longitude: number }
export type Fix = Point & {
  readonly accuracy_metres: number
  readonly fix_age_seconds: number
  readonly source: FixSource
  readonly taken_at: string
}

const EARTH_METRES = 6_371_008.8

/** Metres along the earth's surface. */
export function metresBetween(a: Point, b: Point): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180
  const [p, q] = [radians(a.latitude), radians(b.latitude)]
  const h = Math.sin((q - p) / 2) ** 2 + Math.cos(p) * Math.cos(q) * Math.sin(radians(b.longitude - a.longitude) / 2) ** 2
  return 2 * EARTH_METRES * Math.asin(Math.min(1, Math.sqrt(h)))
}

/** By the nearest known point of the shop. Inside for certain, outside for certain, or one cannot tell: the whole circle of the fix counts, not its middle. As `lianxin.visits.places`. */
export function placeAnswer(fix: Fix | null, points: readonly Point[], radius: number, oldestSeconds: number): PlaceAnswer {
  if (fix === null) return 'no_fix'
  if (points.length === 0 || fix.fix_age_seconds > oldestSeconds) return 'cannot_tell'
  const distance = Math.min(...points.map((point) => metresBetween(fix, point)))
  if (distance - fix.accuracy_metres > radius) return 'not_confirmed'
  return distance + fix.accuracy_metres <= radius ? 'confirmed' : 'cannot_tell'
}

/**
 * Where a fix came from. A browser does not say; an old fix was kept from earlier, one with a height or a small circle is from
 * satellites, any other from the network. The raw numbers are kept beside the guess.
 */
export function sourceOf(accuracy: number, hasHeight: boolean, ageSeconds: number): FixSource {
  if (ageSeconds > 60) return 'cached'
  return hasHeight || accuracy <= 30 ? 'gps' : 'network'
}
