import './field.css'
import { start } from './field/app'

async function keepShell(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  let reloading = navigator.serviceWorker.controller === null
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The first worker takes the page as it is; a new version is taken over by a fresh page.
    if (reloading) reloading = false
    else location.reload()
  })
  await navigator.serviceWorker.register('/field/worker.js', { scope: '/field/' })
  const ready = await navigator.serviceWorker.ready
  ready.active?.postMessage('signed in')
}

const root = document.getElementById('field')
if (root !== null) {
  void start(root)
  // A page without a network and a private window have no worker to register; the app works all the same.
  keepShell().catch(() => undefined)
}
