import 'maplibre-gl/dist/maplibre-gl.css'
import {
  Map as LibreMap,
  NavigationControl,
  Popup,
  setWorkerUrl,
  type ExpressionSpecification,
  type GeoJSONSource,
  type StyleSpecification,
} from 'maplibre-gl'
import type { FeatureCollection } from 'geojson'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import { bounds } from '../lib/geo'
import { withUnit, written } from '../lib/numbers'
import type { TerritoryMap } from '../lib/payloads'
import { SIGNS, spots, stepOf, territories, thresholds, type Spot } from '../lib/territories'
import { wordsFor } from '../lib/words'
import { element } from './frame'
import { language, theme, type Theme } from './theme'

// The worker comes from our own server as a file; the content policy allows nothing else.
setWorkerUrl(workerUrl)

const FONT = ['sans-serif']

function emptyStyle(colours: Theme): StyleSpecification {
  return { version: 8, sources: {}, layers: [{ id: 'ground', type: 'background', paint: { 'background-color': colours.surface } }] }
}

function retailers(map: TerritoryMap, all: readonly Spot[]): FeatureCollection {
  const { id, value, weight } = map.points
  return {
    type: 'FeatureCollection',
    features: all.map(({ index, place }) => {
      const known = value[index] ?? null
      const step = stepOf(map, known)
      return {
        type: 'Feature',
        id: id[index] ?? index,
        geometry: { type: 'Point', coordinates: [...place] },
        properties: {
          index,
          step: step ?? -1,
          weighted: known === null ? 0 : known * (weight[index] ?? 0),
          weight: known === null ? 0 : (weight[index] ?? 0),
        },
      }
    }),
  }
}

const MEAN: ExpressionSpecification = ['/', ['get', 'weighted'], ['max', ['get', 'weight'], 1e-9]]

/** The colour of a cluster: the mean of its retailers by weight, on the same steps as the points. */
function clusterColour(map: TerritoryMap, colours: Theme): ExpressionSpecification {
  const ordered = map.good === 'down' ? [...colours.scale].reverse() : colours.scale
  const stops = thresholds(map).flatMap((at, index) => [at, ordered[index + 1] ?? colours.quiet])
  const steps = ['step', MEAN, ordered[0] ?? colours.quiet, ...stops] as unknown as ExpressionSpecification
  return ['case', ['==', ['get', 'weight'], 0], colours.line, steps]
}

function clusterSign(map: TerritoryMap): ExpressionSpecification {
  const stops = thresholds(map).flatMap((at, index) => [at, SIGNS[index + 1] ?? ''])
  const steps = ['step', MEAN, SIGNS[0], ...stops] as unknown as ExpressionSpecification
  return ['case', ['==', ['get', 'weight'], 0], '', steps]
}

function pointColour(colours: Theme): ExpressionSpecification {
  const steps = colours.scale.flatMap((colour, index) => [index, colour])
  return ['match', ['get', 'step'], ...steps, colours.line] as unknown as ExpressionSpecification
}

function pointSign(map: TerritoryMap): ExpressionSpecification {
  // Steps are turned round where less is better; the sign still tells which way the figure went.
  const signs = map.good === 'down' ? [...SIGNS].reverse() : SIGNS
  return ['match', ['get', 'step'], ...signs.flatMap((sign, index) => [index, sign]), ''] as unknown as ExpressionSpecification
}

/** The colour of a group that has a route; five can be told apart, and the lines of the next five are broken (`DASHES`). */
function partColour(property: string, colours: Theme): ExpressionSpecification {
  const shades = colours.parts.flatMap((colour, index) => [index, colour])
  return ['match', ['%', ['get', property], colours.parts.length], ...shades, colours.line] as unknown as ExpressionSpecification
}

/** Ways past the fifth repeat the colours: whole lines first, then long strokes, then dots. */
const DASHES: readonly (readonly number[] | null)[] = [null, [4, 2], [1, 2]]

/** Ways over the map: one line for each group, its retailers in the same colour with their own words as signs. */
function addRoutes(libre: LibreMap, map: TerritoryMap, all: readonly Spot[], colours: Theme): void {
  libre.addSource('routes', {
    type: 'geojson',
    data: {
      type: 'FeatureCollection',
      features: map.routes.map(({ longitude, latitude }, part) => ({
        type: 'Feature',
        geometry: { type: 'LineString', coordinates: longitude.map((x, at) => [x, latitude[at] ?? 0]) },
        properties: { part },
      })),
    },
  })
  libre.addSource('retailers', {
    type: 'geojson',
    data: {
      type: 'FeatureCollection',
      features: all.map(({ index, place }) => ({
        type: 'Feature',
        geometry: { type: 'Point', coordinates: [...place] },
        properties: { index, part: map.points.group[index] ?? -1, label: map.labels[index] ?? '' },
      })),
    },
  })
  for (const [turn, dashes] of DASHES.entries()) {
    const paint = { 'line-color': partColour('part', colours), 'line-width': 2, 'line-opacity': 0.75 }
    const turnOf = ['%', ['floor', ['/', ['get', 'part'], colours.parts.length]], DASHES.length]
    libre.addLayer({
      id: `routes-${turn}`,
      type: 'line',
      source: 'routes',
      filter: ['==', turnOf, turn] as unknown as ExpressionSpecification,
      paint: dashes === null ? paint : { ...paint, 'line-dasharray': [...dashes] },
    })
  }
  libre.addLayer({
    id: 'retailers',
    type: 'circle',
    source: 'retailers',
    paint: { 'circle-color': colours.surface, 'circle-radius': 9, 'circle-stroke-color': partColour('part', colours), 'circle-stroke-width': 3 },
  })
  libre.addLayer({
    id: 'signs',
    type: 'symbol',
    source: 'retailers',
    layout: { 'text-font': FONT, 'text-size': 11, 'text-field': ['get', 'label'], 'text-allow-overlap': true, 'text-ignore-placement': true },
    paint: { 'text-color': colours.ink },
  })
}

function addLayers(libre: LibreMap, map: TerritoryMap, all: readonly Spot[], colours: Theme): void {
  if (map.routes.length > 0) {
    addRoutes(libre, map, all, colours)
    return
  }
  const held = territories(map, all)
  libre.addSource('outlines', {
    type: 'geojson',
    data: {
      type: 'FeatureCollection',
      features: held.flatMap(({ outline, name }) =>
        outline === null
          ? []
          : [{ type: 'Feature', geometry: { type: 'Polygon', coordinates: [outline.map((place) => [...place])] }, properties: { name } }],
      ),
    },
  })
  libre.addSource('names', {
    type: 'geojson',
    data: {
      type: 'FeatureCollection',
      features: held.map(({ top, name }) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [...top] }, properties: { name } })),
    },
  })
  libre.addSource('retailers', {
    type: 'geojson',
    data: retailers(map, all),
    cluster: true,
    clusterRadius: 46,
    clusterMaxZoom: 14,
    clusterProperties: { weighted: ['+', ['get', 'weighted']], weight: ['+', ['get', 'weight']] },
  })
  libre.addLayer({ id: 'outline-fill', type: 'fill', source: 'outlines', paint: { 'fill-color': colours.quiet, 'fill-opacity': 0.06 } })
  libre.addLayer({
    id: 'outline',
    type: 'line',
    source: 'outlines',
    paint: { 'line-color': colours.quiet, 'line-width': 1, 'line-opacity': 0.7, 'line-dasharray': [3, 2] },
  })
  libre.addLayer({
    id: 'clusters',
    type: 'circle',
    source: 'retailers',
    filter: ['has', 'point_count'],
    paint: {
      'circle-color': clusterColour(map, colours),
      'circle-radius': ['step', ['get', 'point_count'], 16, 25, 19, 100, 23, 500, 28, 2000, 34],
      'circle-stroke-color': colours.quiet,
      'circle-stroke-width': 1,
      'circle-stroke-opacity': 0.6,
    },
  })
  libre.addLayer({
    id: 'retailers',
    type: 'circle',
    source: 'retailers',
    filter: ['!', ['has', 'point_count']],
    paint: { 'circle-color': pointColour(colours), 'circle-radius': 9, 'circle-stroke-color': colours.quiet, 'circle-stroke-width': 1 },
  })
  const label = { 'text-font': FONT, 'text-size': 12, 'text-allow-overlap': true, 'text-ignore-placement': true }
  const ink = { 'text-color': '#10202e', 'text-halo-color': 'rgba(255,255,255,0.75)', 'text-halo-width': 1.2 }
  // Names lie below the numbers of clusters and look for a place beside them; one that finds none waits for a closer look.
  libre.addLayer({
    id: 'names',
    type: 'symbol',
    source: 'names',
    layout: {
      'text-font': FONT,
      'text-size': 13,
      'text-field': ['get', 'name'],
      'text-padding': 4,
      'text-variable-anchor': ['bottom', 'left', 'right', 'top'],
      'text-radial-offset': 0.4,
    },
    paint: { 'text-color': colours.ink, 'text-halo-color': colours.surface, 'text-halo-width': 2 },
  })
  libre.addLayer({
    id: 'counts',
    type: 'symbol',
    source: 'retailers',
    filter: ['has', 'point_count'],
    layout: {
      ...label,
      // The number takes the room of its circle.
      'text-ignore-placement': false,
      'text-padding': 12,
      'text-line-height': 1,
      'text-field': ['concat', ['to-string', ['get', 'point_count']], '\n', clusterSign(map)],
    },
    paint: ink,
  })
  libre.addLayer({
    id: 'signs',
    type: 'symbol',
    source: 'retailers',
    filter: ['!', ['has', 'point_count']],
    layout: { ...label, 'text-field': pointSign(map) },
    paint: ink,
  })
}

function card(map: TerritoryMap, index: number): HTMLElement {
  const words = wordsFor(language())
  const value = map.points.value[index] ?? null
  const group = map.points.group[index] ?? null
  const figure = value === null ? words.missing : withUnit(value, map.measure, language())
  const id = map.points.id[index]
  const box = element('div', { class: 'lx-mapcard' }, element('strong', {}, map.points.name[index] ?? ''))
  box.append(element('div', {}, `${map.measure.title} `, element('b', { class: value === null ? 'lx-missing' : 'lx-value' }, figure)))
  if (group !== null) box.append(element('div', { class: 'lx-quiet' }, map.groups[group] ?? ''))
  if (map.href !== '' && id !== undefined) box.append(element('a', { href: map.href.replace('{id}', String(id)) }, words.open))
  return box
}

function clusterCard(map: TerritoryMap, properties: Readonly<Record<string, unknown>>): HTMLElement {
  const words = wordsFor(language())
  const [n, weighted, weight] = ['point_count', 'weighted', 'weight'].map((name) => Number(properties[name]))
  const count = written(n ?? 0, { format: 'number', decimals: 0, unit: '' }, language())
  const figure = weight ? withUnit((weighted ?? 0) / weight, map.measure, language()) : words.missing
  return element('div', { class: 'lx-mapcard' }, element('strong', {}, `${count} ${words.retailers}`), element('div', {}, `${map.measure.title} ${figure}`))
}

export interface Atlas {
  redraw: () => void
  dispose: () => void
}

/** Draws a valid map into a box that has its height. Clicking a cluster opens it, clicking a retailer tells of him. */
export function atlas(box: HTMLElement, map: TerritoryMap): Atlas {
  const words = wordsFor(language())
  const all = spots(map)
  const extent = bounds(all.map((spot) => spot.place)) ?? [-180, -85, 180, 85]
  const libre = new LibreMap({
    container: box,
    style: map.style_url === '' ? emptyStyle(theme()) : map.style_url,
    bounds: [extent[0], extent[1], extent[2], extent[3]],
    fitBoundsOptions: { padding: 36, maxZoom: 14 },
    attributionControl: map.style_url === '' ? false : { compact: true },
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    cooperativeGestures: false,
    fadeDuration: 0,
    locale: { 'NavigationControl.ZoomIn': words.zoomIn, 'NavigationControl.ZoomOut': words.zoomOut },
  })
  libre.scrollZoom.setWheelZoomRate(1 / 300)
  libre.addControl(new NavigationControl({ showCompass: false }), 'top-right')
  libre.touchZoomRotate.disableRotation()
  libre.on('load', () => addLayers(libre, map, all, theme()))
  const popup = new Popup({ closeButton: false, maxWidth: '260px', offset: 12 })
  libre.on('click', 'retailers', ({ lngLat, features }) => {
    const index = Number(features?.[0]?.properties['index'])
    if (Number.isInteger(index)) popup.setLngLat(lngLat).setDOMContent(card(map, index)).addTo(libre)
  })
  if (map.routes.length === 0) libre.on('click', 'clusters', ({ lngLat, features }) => {
    const [feature] = features ?? []
    const source = libre.getSource<GeoJSONSource>('retailers')
    if (feature === undefined || source === undefined) return
    popup.remove()
    void source.getClusterExpansionZoom(Number(feature.properties['cluster_id'])).then((zoom) => libre.easeTo({ center: lngLat, zoom: zoom + 0.3 }))
  })
  if (map.routes.length > 0) {
    libre.on('mouseenter', 'retailers', () => (libre.getCanvas().style.cursor = 'pointer'))
    libre.on('mouseleave', 'retailers', () => (libre.getCanvas().style.cursor = ''))
    return handle(libre, map, all)
  }
  const hover = new Popup({ closeButton: false, closeOnClick: false, maxWidth: '260px', offset: 16, className: 'lx-maphover' })
  libre.on('mousemove', 'clusters', ({ lngLat, features }) => {
    const [feature] = features ?? []
    if (feature !== undefined) hover.setLngLat(lngLat).setDOMContent(clusterCard(map, feature.properties)).addTo(libre)
  })
  libre.on('mouseleave', 'clusters', () => hover.remove())
  for (const layer of ['retailers', 'clusters']) {
    libre.on('mouseenter', layer, () => (libre.getCanvas().style.cursor = 'pointer'))
    libre.on('mouseleave', layer, () => (libre.getCanvas().style.cursor = ''))
  }
  return handle(libre, map, all)
}

function handle(libre: LibreMap, map: TerritoryMap, all: readonly Spot[]): Atlas {
  return {
    redraw: () => {
      if (map.style_url !== '') return
      libre.setStyle(emptyStyle(theme()), { diff: false })
      libre.once('styledata', () => addLayers(libre, map, all, theme()))
    },
    dispose: () => libre.remove(),
  }
}
