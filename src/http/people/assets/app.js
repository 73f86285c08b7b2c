// What a browser adds to the pages; each of them works without it.

const { body } = document
const minute = 60_000

/** The session ends after 15 minutes; two minutes before, it can be kept. */
function watchIdleness() {
  const dialog = document.getElementById('idle')
  if (!('session' in body.dataset) || !dialog) return
  let warn, leave
  const begin = () => {
    clearTimeout(warn)
    clearTimeout(leave)
    warn = setTimeout(() => dialog.showModal(), 13 * minute)
    leave = setTimeout(() => location.replace('/sign-in?after=idle'), 15 * minute)
  }
  dialog.addEventListener('close', () => {
    fetch('/session', { method: 'GET', cache: 'no-store' })
    begin()
  })
  begin()
}

/** A form that came back with errors says so first. */
const focusErrors = () => document.querySelector('[data-focus]')?.focus()

focusErrors()
watchIdleness()
