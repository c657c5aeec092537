import { core, isPlace, type Place } from './geo'
import type { TerritoryMap } from './payloads'
import { position, step } from './scale'

export interface Spot {
  readonly index: number
  readonly place: Place
}

/** The retailers that have a place. */
export function spots(map: TerritoryMap): readonly Spot[] {
  const { longitude, latitude } = map.points
  return longitude.flatMap((x, index) => {
    const y = latitude[index] ?? 0
    return isPlace(x, y) ? [{ index, place: [x, y] as const }] : []
  })
}

export interface Territory {
  readonly name: string
  readonly outline: readonly Place[] | null
  readonly top: Place
  readonly n: number
  readonly value: number | null
}

function mean(map: TerritoryMap, members: readonly Spot[]): number | null {
  let [sum, weights] = [0, 0]
  for (const { index } of members) {
    const value = map.points.value[index]
    const weight = map.points.weight[index]
    if (value === null || value === undefined || weight === null || weight === undefined) continue
    sum += value * weight
    weights += weight
  }
  return weights === 0 ? null : sum / weights
}

/** Outline, number of retailers and figure of every group that has a retailer on the map. */
export function territories(map: TerritoryMap, all: readonly Spot[]): readonly Territory[] {
  const members = new Map<number, Spot[]>()
  for (const spot of all) {
    const group = map.points.group[spot.index] ?? null
    if (group === null) continue
    const known = members.get(group)
    if (known === undefined) members.set(group, [spot])
    else known.push(spot)
  }
  return map.groups.flatMap((name, group) => {
    const own = members.get(group)
    if (own === undefined) return []
    const places = own.map((spot) => spot.place)
    const outline = core(places)
    // The name stands above the outline, where no cluster covers it.
    const top = (outline ?? places).reduce((highest, place) => (place[1] > highest[1] ? place : highest))
    return [{ name, outline, top, n: own.length, value: mean(map, own) }]
  })
}

/** The step of the scale (0 to 6) for a value, turned round where less is better; null without a value. */
export function stepOf(map: TerritoryMap, value: number | null): number | null {
  if (value === null) return null
  const { low, middle, high } = map.scale
  const at = step(position(value, low, middle, high))
  return map.good === 'down' ? 6 - at : at
}

/** The seven words of a sign, so that a point is read without colour. */
export const SIGNS = ['\u2212\u2212', '\u2212', '\u2212', '·', '+', '+', '++'] as const

/** The values between the steps, ascending. */
export function thresholds(map: TerritoryMap): readonly number[] {
  const { low, middle, high } = map.scale
  return [-5, -3, -1, 1, 3, 5].map((sixth) => (sixth < 0 ? middle + ((middle - low) * sixth) / 6 : middle + ((high - middle) * sixth) / 6))
}
