/* Money as people write it, and as whole hundredths. */

/** Hundredths of the currency from what a person typed, above nought; undefined where it is no amount. */
export function readFen(text: string): number | undefined {
  const found = /^(\d{1,6})(?:[.．。,，](\d{1,2}))?$/.exec(text.trim())
  if (found === null) return undefined
  const fen = Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'))
  return fen > 0 ? fen : undefined
}

/** Hundredths as a person would type them: whole amounts without places. */
export function writtenFen(fen: number): string {
  return fen % 100 === 0 ? String(fen / 100) : (fen / 100).toFixed(2)
}

/** Whether a price lies so far from the guide that it may be that of another unit: a pack, a case. */
export function isUnlikely(fen: number, guideFen: number): boolean {
  return fen * 2 < guideFen || fen > guideFen * 2
}
