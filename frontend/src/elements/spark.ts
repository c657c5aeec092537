const NS = 'http://www.w3.org/2000/svg'
const [WIDTH, HEIGHT, EDGE] = [96, 24, 3]

/** The same line that the server draws in tables (`spark_points`), gaps where values are missing. */
export function sparkPath(values: readonly (number | null)[]): { d: string; x: number; y: number } | null {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return null
  const [low, high] = [Math.min(...known), Math.max(...known)]
  const stride = (WIDTH - 2 * EDGE) / Math.max(1, values.length - 1)
  let [d, x, y, penDown] = ['', EDGE, HEIGHT / 2, false]
  for (const [index, value] of values.entries()) {
    if (value === null) {
      penDown = false
      continue
    }
    const level = high === low ? 0.5 : (value - low) / (high - low)
    x = EDGE + index * stride
    y = HEIGHT - EDGE - level * (HEIGHT - 2 * EDGE)
    d += `${penDown ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`
    penDown = true
  }
  return { d, x, y }
}

export function sparkLine(values: readonly (number | null)[], title: string): SVGSVGElement {
  const svg = document.createElementNS(NS, 'svg')
  for (const [name, value] of Object.entries({
    class: 'lx-spark',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    width: String(WIDTH),
    height: String(HEIGHT),
    role: 'img',
    'aria-label': title,
  })) {
    svg.setAttribute(name, value)
  }
  const line = sparkPath(values)
  if (line === null) return svg
  const path = document.createElementNS(NS, 'path')
  path.setAttribute('d', line.d)
  const end = document.createElementNS(NS, 'circle')
  end.setAttribute('cx', line.x.toFixed(1))
  end.setAttribute('cy', line.y.toFixed(1))
  end.setAttribute('r', '2.2')
  svg.append(path, end)
  return svg
}
