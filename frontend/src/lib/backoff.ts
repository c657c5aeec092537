/** Milliseconds to wait after some failures in a row: doubling, at most five minutes, spread at random so that phones do not march in step. */
export function delay(failures: number, random: number): number {
  const most = Math.min(300_000, 400 * 2 ** Math.min(Math.max(failures - 1, 0), 20))
  return Math.round(most * (0.25 + 0.75 * random))
}
