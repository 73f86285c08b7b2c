// What a browser adds to the pages; each of them works without it.

const { body } = document
const minute = 60_000

/** The session ends after 15 minutes; two minutes before, it can be kept. */
function watchIdleness() {
  const dialog = document.getElementById('idle')
  if (!('session' in body.dataset) || !dialog) return
  let warn
  let leave
  const begin = () => {
    clearTimeout(warn)
    clearTimeout(leave)
    warn = setTimeout(() => dialog.showModal(), 13 * minute)
    leave = setTimeout(() => location.replace('/sign-in?after=idle'), 15 * minute)
  }
  dialog.addEventListener('close', () => {
    fetch('/session', { cache: 'no-store' })
    begin()
  })
  // Typing and reading are signs of somebody as well; the page's own script told the server so.
  document.addEventListener('referloop:here', () => dialog.open || begin())
  begin()
}

/** Says that something changed; the list stays as it is until its reader asks for the news. */
function listen() {
  const news = document.querySelector('[data-live]')
  if (!news) return
  const source = new EventSource(news.dataset.live)
  source.addEventListener('change', ({ data }) => {
    const { ids, words } = JSON.parse(data)
    news.hidden = false
    news.querySelector('[data-words]').textContent = words
    for (const id of ids)
      document
        .querySelector(`[data-referral="${CSS.escape(id)}"]`)
        ?.setAttribute('data-changed', '')
  })
  source.addEventListener('gap', () => {
    news.hidden = false
  })
  // A stream that breaks off is opened again by the browser; what was told meanwhile is not told twice.
  let lost
  source.addEventListener('error', () => {
    lost ??= setTimeout(() => {
      news.hidden = false
      news.querySelector('[data-words]').textContent = news.dataset.lost
    }, 10_000)
  })
  source.addEventListener('open', () => {
    if (lost === undefined) return
    clearTimeout(lost)
    lost = undefined
    news.hidden = false
    news.querySelector('[data-words]').textContent = news.dataset.missed
  })
  source.addEventListener('ended', () => {
    source.close()
    location.replace('/sign-in?after=idle')
  })
}

/** From row to row: the link of a row takes the focus, and Enter opens it as ever. */
function move(step) {
  const links = [...document.querySelectorAll('[data-rows] tbody a')]
  const at = links.indexOf(document.activeElement)
  const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step]
  next?.focus()
  return next !== undefined
}

const typing = (target) =>
  target.closest('input:not([type=checkbox], [type=radio]), textarea, select, dialog[open]')

/** Single keys, unless they are switched off or somebody is typing; none of them changes anything by itself. */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return
  const { key } = event
  const moves = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }
  if (Object.hasOwn(moves, key)) {
    if (move(moves[key])) event.preventDefault()
    return
  }
  if (key === '?') return showKeys()
  if (step(key)) return event.preventDefault()
  const found = document.querySelector(`[data-key="${CSS.escape(key)}"]`)
  if (!found) return
  event.preventDefault()
  found.focus()
  // What sends a form only takes the focus: Enter presses it.
  if (found.matches('a, summary, button[type=button]')) found.click()
}

const steps = {
  a: 'accept',
  i: 'ask',
  d: 'decline',
  s: 'schedule',
  c: 'complete',
  n: 'note',
}

/** On a row of the list: opens the step, where its referral can take it. */
function step(key) {
  const row = document.activeElement?.closest('tr[data-acts]')
  const link = row?.querySelector('a[href^="/referrals/"]')
  const act = Object.hasOwn(steps, key) ? steps[key] : undefined
  if (!link || !act || !row.dataset.acts.split(' ').includes(act)) return false
  const { pathname, search } = new URL(link.href)
  location.assign(`${pathname}/${act}${search}`)
  return true
}

/** What each key does here, in the words of what it presses. */
function showKeys() {
  const dialog = document.getElementById('keys')
  const list = dialog?.querySelector('[data-keys]')
  if (!list) return
  const shown = [...document.querySelectorAll('[data-key]')].filter(
    (each) => !each.closest('[hidden]'),
  )
  const rows = shown.map((element) => {
    const item = document.createElement('li')
    const kbd = document.createElement('kbd')
    kbd.textContent = element.dataset.key
    const label = element.labels?.[0]?.textContent ?? element.textContent
    item.append(kbd, ` ${label.trim()}`)
    return item
  })
  list.replaceChildren(...rows)
  dialog.showModal()
}

/** What can be taken back can be so for some seconds. */
for (const held of document.querySelectorAll('[data-left]'))
  setTimeout(() => held.querySelector('button').remove(), Number(held.dataset.left))

/** A button that copies what a field holds, where the browser lets it. */
function offerCopies() {
  if (!navigator.clipboard) return
  for (const button of document.querySelectorAll('[data-copy]')) {
    button.hidden = false
    button.addEventListener('click', async () => {
      const field = document.getElementById(button.dataset.copy)
      field.select()
      await navigator.clipboard.writeText(field.value)
      button.textContent = button.dataset.done
    })
  }
}

document.querySelector('[data-focus]')?.focus()
offerCopies()
watchIdleness()
listen()
if (body.dataset.shortcuts === 'on') document.addEventListener('keydown', onKey)
