/** A UUIDv7: its first 48 bits are the time, the 12 after the version are a count within the millisecond. */
export function uuidv7(at: number, count: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16)
  for (let place = 5, rest = Math.floor(at); place >= 0; place -= 1, rest = Math.floor(rest / 256)) bytes[place] = rest % 256
  bytes.set(random.subarray(0, 8), 8)
  bytes[6] = 0x70 | ((count >> 8) & 0x0f)
  bytes[7] = count & 0xff
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

let last = 0
let count = 0

/** A new id, always after the one before it on this page, even when the clock stands still or is set back. */
export function newId(at: number = Date.now()): string {
  if (at > last) {
    last = at
    count = 0
  } else if (count < 0xfff) {
    count += 1
  } else {
    last += 1
    count = 0
  }
  return uuidv7(last, count, crypto.getRandomValues(new Uint8Array(8)))
}
