/* Keeps the shell on the phone so that it opens without a network. It knows files and nothing of visits. */

interface Waiting extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface Fetching extends Waiting {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}
interface Worker {
  addEventListener(name: 'install' | 'activate', act: (event: Waiting) => void): void
  addEventListener(name: 'fetch', act: (event: Fetching) => void): void
  addEventListener(name: 'message', act: (event: MessageEvent & Waiting) => void): void
  skipWaiting(): Promise<void>
  readonly clients: { claim(): Promise<void> }
}

/** Written in by the build: the files of the shell, and those that are fetched after sign-in. */
declare const FIELD_FILES: { readonly version: string; readonly entry: string; readonly shell: readonly string[]; readonly later: readonly string[] }

const worker = globalThis as unknown as Worker
const PAGE = '/field/'
const NAME = `lianxin-field-${FIELD_FILES.version}`

async function install(): Promise<void> {
  const cache = await caches.open(NAME)
  const page = await fetch(PAGE, { cache: 'reload', redirect: 'error' })
  // A page of another build than this worker would ask for files that are not kept: then the next visit installs.
  if (!page.ok || !(await page.clone().text()).includes(FIELD_FILES.entry)) throw new Error('the page is of another build')
  await cache.addAll([...FIELD_FILES.shell])
  await cache.put(PAGE, page)
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith('lianxin-field-') && name !== NAME) await caches.delete(name)
  await worker.clients.claim()
}

async function answered(request: Request, key: string): Promise<Response> {
  const kept = await (await caches.open(NAME)).match(key)
  return kept ?? fetch(request)
}

/** Fetch what the shell loads on demand, one file after the other, as far as the line allows. */
async function later(): Promise<void> {
  const cache = await caches.open(NAME)
  for (const path of FIELD_FILES.later) if ((await cache.match(path)) === undefined) await cache.add(path)
}

const KEPT = new Set([...FIELD_FILES.shell, ...FIELD_FILES.later])

worker.addEventListener('install', (event) => event.waitUntil(install()))
worker.addEventListener('activate', (event) => event.waitUntil(activate()))
worker.addEventListener('message', (event) => {
  if (event.data === 'take over') event.waitUntil(worker.skipWaiting())
  if (event.data === 'signed in') event.waitUntil(later().catch(() => undefined))
})
worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (request.mode === 'navigate' && url.pathname === PAGE) event.respondWith(answered(request, PAGE))
  else if (KEPT.has(url.pathname)) event.respondWith(answered(request, url.pathname))
})
