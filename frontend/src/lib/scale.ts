/** Where a value stands on a diverging scale: -1 at the low end, 0 in the middle, 1 at the high end, clamped. */
export function position(value: number, low: number, middle: number, high: number): number {
  const span = value < middle ? middle - low : high - middle
  return span <= 0 ? 0 : Math.max(-1, Math.min(1, (value - middle) / span))
}

/** The seven steps of the scale; few enough to be told apart, with a sign so that colour is not alone. */
export const STEPS = [-1, -2 / 3, -1 / 3, 0, 1 / 3, 2 / 3, 1] as const

export function step(position_: number): number {
  return Math.round(position_ * 3) + 3
}
