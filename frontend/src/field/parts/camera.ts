import { fault, ok, type Result } from '../../lib/result'

export type Taken = { readonly bytes: ArrayBuffer; readonly width: number; readonly height: number; readonly sha256: string }
export type Stamp = { readonly lines: readonly string[]; readonly most_edge: number; readonly quality: number }

const MOST_BYTES = 2_000_000

/** The file of a photograph, scaled and stamped. Drawing it anew also leaves behind what the camera wrote into the file. */
export async function develop(file: Blob, stamp: Stamp): Promise<Result<Taken>> {
  let picture: ImageBitmap
  try {
    picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    return fault('unreadable')
  }
  const scale = Math.min(1, stamp.most_edge / Math.max(picture.width, picture.height))
  const [width, height] = [Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale))]
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const draw = canvas.getContext('2d')
  if (draw === null) return fault('unreadable')
  draw.drawImage(picture, 0, 0, width, height)
  picture.close()
  write(draw, stamp.lines, width, height)
  let quality = stamp.quality > 1 ? stamp.quality / 100 : stamp.quality
  for (let tries = 0; tries < 4; tries += 1, quality *= 0.75) {
    const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', quality))
    if (made === null) return fault('unreadable')
    if (made.size > MOST_BYTES) continue
    const bytes = await made.arrayBuffer()
    return ok({ bytes, width, height, sha256: await sha256(bytes) })
  }
  return fault('unreadable')
}

export async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function write(draw: CanvasRenderingContext2D, lines: readonly string[], width: number, height: number): void {
  const size = Math.max(12, Math.round(Math.min(width, height) / 32))
  const line = Math.round(size * 1.4)
  const top = height - line * lines.length - size / 2
  draw.fillStyle = 'rgb(0 0 0 / 55%)'
  draw.fillRect(0, top, width, height - top)
  draw.fillStyle = '#ffffff'
  draw.font = `${size}px system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif`
  draw.textBaseline = 'top'
  for (const [index, text] of lines.entries()) draw.fillText(text, size / 2, top + size / 4 + index * line, width - size)
}
