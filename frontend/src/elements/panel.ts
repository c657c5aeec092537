import { element } from './frame'

/** `<lx-panel>`: the side panel in which figures explain themselves. Esc closes it, focus goes back to the figure. */
export class PanelElement extends HTMLElement {
  #dialog: HTMLDialogElement | null = null
  #body: HTMLElement | null = null
  #opener: HTMLElement | null = null

  connectedCallback(): void {
    if (this.#dialog !== null) return
    const close = element('button', { type: 'button', class: 'lx-iconbutton lx-panelclose', 'aria-label': this.dataset['close'] ?? '' }, '✕')
    const body = element('div', { class: 'lx-panelbody', id: 'lx-panel-body', 'aria-live': 'polite' })
    const dialog = element('dialog', { class: 'lx-paneldialog', 'aria-labelledby': 'lx-panel-body' }, close, body)
    close.addEventListener('click', () => this.close())
    dialog.addEventListener('close', () => this.#closed())
    // A dialog shown without a backdrop does not hear Esc by itself.
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && dialog.open) this.close()
    })
    this.#dialog = dialog
    this.#body = body
    this.append(dialog)
  }

  /** Opens empty and says that it is loading; returns the place for what comes. */
  open(opener: HTMLElement): HTMLElement | null {
    const [dialog, body] = [this.#dialog, this.#body]
    if (dialog === null || body === null) return null
    this.#mark(false)
    this.#opener = opener
    this.#mark(true)
    body.replaceChildren(element('p', { class: 'lx-quiet' }, this.dataset['loading'] ?? ''))
    if (!dialog.open) {
      // On a phone the panel covers the page, so the page behind it must not be reachable.
      if (matchMedia('(max-width: 48rem)').matches) dialog.showModal()
      else dialog.show()
    }
    return body
  }

  /** After the content has come: the heading takes the focus, so that it is read aloud. */
  loaded(): void {
    this.#body?.querySelector<HTMLElement>('h2')?.focus({ preventScroll: true })
  }

  failed(): void {
    this.#body?.replaceChildren(element('p', { class: 'lx-fault', role: 'alert' }, this.dataset['failed'] ?? ''))
  }

  close(): void {
    this.#dialog?.close()
  }

  #mark(isOpen: boolean): void {
    this.#opener?.classList.toggle('lx-opened', isOpen)
  }

  #closed(): void {
    this.#mark(false)
    this.#opener?.focus()
    this.#opener = null
  }
}
