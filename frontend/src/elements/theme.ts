/** The colours that canvases need as values; style sheets own them. */
export interface Theme {
  readonly ink: string
  readonly quiet: string
  readonly line: string
  readonly surface: string
  readonly blue: string
  readonly orange: string
  readonly parts: readonly string[]
  readonly scale: readonly string[]
  readonly font: string
}

export function theme(): Theme {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string): string => style.getPropertyValue(name).trim()
  return {
    ink: of('--lx-ink'),
    quiet: of('--lx-quiet'),
    line: of('--lx-line'),
    surface: of('--lx-surface'),
    blue: of('--lx-blue'),
    orange: of('--lx-orange'),
    parts: [1, 2, 3, 4, 5].map((index) => of(`--lx-part-${index}`)),
    scale: [1, 2, 3, 4, 5, 6, 7].map((index) => of(`--lx-scale-${index}`)),
    font: getComputedStyle(document.body).fontFamily,
  }
}

/** Printing is light and comes without a reload. */
export const printing = matchMedia('print')

export const dark = matchMedia('(prefers-color-scheme: dark)')

export function language(): string {
  return document.documentElement.lang === '' ? 'zh-Hans' : document.documentElement.lang
}
