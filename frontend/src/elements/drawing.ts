import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts'
import { AriaComponent, GraphicComponent, GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import { init, use, type EChartsType } from 'echarts/core'
import { LabelLayout } from 'echarts/features'
import { CanvasRenderer } from 'echarts/renderers'
import type { Chart, Structure } from '../lib/payloads'
import { optionOf, partLabels } from './options'
import { language, theme, type Theme } from './theme'

use([
  AriaComponent,
  BarChart,
  CanvasRenderer,
  CustomChart,
  GraphicComponent,
  GridComponent,
  LabelLayout,
  LineChart,
  MarkLineComponent,
  ScatterChart,
  TooltipComponent,
])

export interface Drawing {
  draw: () => void
  resize: () => void
  picture: () => string
  dispose: () => void
}

const LABEL_HEIGHT = 15

function namesBesideLastBar(drawn: EChartsType, chart: Structure, colours: Theme): void {
  const labels = partLabels(chart, language())
  const last = chart.categories.length - 1
  const [x = 0] = drawn.convertToPixel({ gridIndex: 0 }, [last, 0])
  const [before = x] = last > 0 ? drawn.convertToPixel({ gridIndex: 0 }, [last - 1, 0]) : [x - 60]
  const left = x + Math.min(Math.abs(x - before) * 0.4, 40) + 8
  const height = drawn.getHeight()
  const wanted = labels
    .map((label, index) => ({ ...label, index, y: drawn.convertToPixel({ gridIndex: 0 }, [last, label.middle])[1] ?? 0 }))
    .filter((label) => label.value > 0)
    .sort((a, b) => b.y - a.y)
  let lowest = height - 24
  for (const label of wanted) {
    label.y = Math.min(label.y, lowest)
    lowest = label.y - LABEL_HEIGHT
  }
  drawn.setOption({
    graphic: wanted.map((label) => ({
      type: 'group',
      silent: true,
      children: [
        { type: 'rect', shape: { x: left, y: label.y - 4, width: 8, height: 8 }, style: { fill: colours.parts[label.index] } },
        {
          type: 'text',
          style: { text: label.name, x: left + 12, y: label.y, textVerticalAlign: 'middle', fill: colours.ink, font: `12px ${colours.font}` },
        },
      ],
    })),
  })
}

/** Draws a valid chart into a box that has its height. */
export function drawing(box: HTMLElement, chart: Chart, follow: (index: number) => void): Drawing {
  const drawn = init(box, null, { renderer: 'canvas' })
  drawn.on('click', (event) => {
    if (typeof event.dataIndex === 'number') follow(event.dataIndex)
  })
  const draw = (): void => {
    const colours = theme()
    drawn.setOption(optionOf(chart, { theme: colours, language: language(), width: drawn.getWidth() }), { notMerge: true })
    if (chart.kind === 'structure') namesBesideLastBar(drawn, chart, colours)
    // At once: a printer does not wait for the next frame.
    drawn.getZr().flush()
  }
  draw()
  return {
    draw,
    resize: () => {
      drawn.resize()
      draw()
    },
    picture: () => drawn.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: theme().surface }),
    dispose: () => drawn.dispose(),
  }
}
