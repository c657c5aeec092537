/* Days are texts like 2021-12-31 and times of day like 08:40, both where the company is; instants are milliseconds. */

type Parts = { readonly day: string; readonly time: string }

const formats = new Map<string, Intl.DateTimeFormat>()

function formatFor(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  formats.set(zone, made)
  return made
}

/** The day and the time of day of an instant in a time zone. */
export function local(at: number, zone: string): Parts {
  const found = new Map(formatFor(zone).formatToParts(at).map((part) => [part.type, part.value]))
  const part = (name: Intl.DateTimeFormatPartTypes): string => found.get(name) ?? ''
  return { day: `${part('year')}-${part('month')}-${part('day')}`, time: `${part('hour')}:${part('minute')}` }
}

/** The day some days after another. */
export function dayAfter(day: string, days: number): string {
  const at = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(at) ? day : new Date(at + days * 86_400_000).toISOString().slice(0, 10)
}

/** How many days from one day to another. */
export function daysBetween(from: string, until: string): number {
  return Math.round((Date.parse(`${until}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000)
}

/** `12月31日 星期五` or `Friday, 31 December`. */
export function dayInWords(day: string, language: string): string {
  const at = Date.parse(`${day}T00:00:00Z`)
  if (Number.isNaN(at)) return day
  const english = language.startsWith('en')
  return new Intl.DateTimeFormat(english ? 'en-GB' : language, { month: english ? 'short' : 'long', day: 'numeric', weekday: 'short', timeZone: 'UTC' }).format(at)
}

/** Whether a time of day lies in a span; the end is excluded, an empty span holds nothing. */
export function within(time: string, from: string, until: string): boolean {
  return from !== '' && until !== '' && from <= time && time < until
}
