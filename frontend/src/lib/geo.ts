export type Place = readonly [longitude: number, latitude: number]

const cross = (o: Place, a: Place, b: Place): number => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])

function chain(sorted: readonly Place[]): Place[] {
  const found: Place[] = []
  for (const place of sorted) {
    for (;;) {
      const last = found.at(-1)
      const before = found.at(-2)
      if (last === undefined || before === undefined || cross(before, last, place) > 0) break
      found.pop()
    }
    found.push(place)
  }
  found.pop()
  return found
}

/** The convex hull, counter-clockwise and closed; null for fewer than three places that are not on one line. */
export function hull(places: readonly Place[]): readonly Place[] | null {
  const sorted = [...places].sort((a, b) => a[0] - b[0] || a[1] - b[1])
  const ring = [...chain(sorted), ...chain(sorted.reverse())]
  const [start] = ring
  return start === undefined || ring.length < 3 ? null : [...ring, start]
}

/** The hull without the farthest tenth: one shop at the county's edge must not stretch a territory over its neighbours. */
export function core(places: readonly Place[], kept = 0.9): readonly Place[] | null {
  if (places.length < 12) return hull(places)
  const middle = (index: 0 | 1): number => {
    const sorted = places.map((place) => place[index]).sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? 0
  }
  const [x, y] = [middle(0), middle(1)]
  const distance = (place: Place): number => (place[0] - x) ** 2 + (place[1] - y) ** 2
  const near = [...places].sort((a, b) => distance(a) - distance(b)).slice(0, Math.ceil(places.length * kept))
  return hull(near)
}

export type Bounds = readonly [west: number, south: number, east: number, north: number]

export function bounds(places: readonly Place[]): Bounds | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const [x, y] of places) {
    west = Math.min(west, x)
    south = Math.min(south, y)
    east = Math.max(east, x)
    north = Math.max(north, y)
  }
  return west === Infinity ? null : [west, south, east, north]
}

/** A place that can be drawn: inside the world and not the nought of a missing value. */
export function isPlace(longitude: number, latitude: number): boolean {
  return Math.abs(longitude) <= 180 && Math.abs(latitude) <= 85 && (longitude !== 0 || latitude !== 0)
}
