import { sourceOf, type Fix } from '../../lib/position'

const PATIENCE_MS = 15_000
const KEPT_MS = 10 * 60_000

function asked(options: PositionOptions): Promise<GeolocationPosition | null> {
  return new Promise((answer) => {
    if (!('geolocation' in navigator)) answer(null)
    else navigator.geolocation.getCurrentPosition(answer, () => answer(null), options)
  })
}

/** Where the phone says it is: a fresh fix, else one kept for ten minutes at most, else none. Never waits longer than asked here. */
export async function whereNow(now: () => number): Promise<Fix | null> {
  const fresh = await asked({ enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 0 })
  const found = fresh ?? (await asked({ enableHighAccuracy: false, timeout: 1_000, maximumAge: KEPT_MS }))
  if (found === null) return null
  const { latitude, longitude, accuracy, altitude } = found.coords
  const age = Math.max(0, Math.round((now() - found.timestamp) / 1000))
  return {
    latitude,
    longitude,
    accuracy_metres: accuracy,
    fix_age_seconds: age,
    source: sourceOf(accuracy, altitude !== null, age),
    taken_at: new Date(now()).toISOString(),
  }
}
