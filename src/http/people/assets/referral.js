// What a browser adds to the pages of one referral: what is typed is kept, and what others do is told.

/** Between two keystrokes of somebody who types. */
const pauseMs = 800
const againMs = 10_000
const minute = 60_000

const here = () => document.dispatchEvent(new Event('referloop:here'))

/** Keeps what stands in a form on the server, soon after it was typed. */
function keepTyped(form) {
  const state = form.querySelector('[data-draft-state]')
  const { draft, failed, signedOut, tooLong } = form.dataset
  const typed = () => new URLSearchParams(new FormData(form)).toString()
  let kept = typed()
  let timer
  let saving = false
  const say = (words) => {
    if (state.textContent !== words) state.textContent = words
  }
  const wordsFor = async (answer) => {
    if (answer.ok || answer.status === 409) return (await answer.json()).words
    if (answer.status === 413) return tooLong
    return answer.status === 401 || answer.status === 403 ? signedOut : failed
  }
  const save = async (keepalive = false) => {
    clearTimeout(timer)
    const body = typed()
    if (saving || body === kept) return
    saving = true
    try {
      const answer = await fetch(draft, {
        method: 'POST',
        body: new URLSearchParams(body),
        headers: { accept: 'application/json' },
        keepalive,
      })
      say(await wordsFor(answer))
      if (answer.ok) here()
      // What was refused once is refused again, until it is another text.
      if (answer.ok || answer.status < 500) kept = body
      else timer = setTimeout(save, againMs)
    } catch {
      say(failed)
      timer = setTimeout(save, againMs)
    } finally {
      saving = false
      if (kept === body && typed() !== kept) timer = setTimeout(save, pauseMs)
    }
  }
  const leave = () => save(true)
  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(save, pauseMs)
  })
  addEventListener('pagehide', leave)
  // What is sent is no draft any more.
  form.addEventListener('submit', () => {
    clearTimeout(timer)
    removeEventListener('pagehide', leave)
    kept = typed()
  })
}

/** Tells what others do with this referral; the page stays as it is until its reader asks. */
function keepCompany(box) {
  const news = box.querySelector('[data-news]')
  const present = box.querySelector('[data-present]')
  const ask = async (address) => {
    const answer = await fetch(address, { headers: { accept: 'application/json' } }).catch(() => {})
    if (!answer?.ok) return
    const told = await answer.json()
    if (present.textContent !== told.present) present.textContent = told.present
    if (told.changed === '') return
    news.querySelector('[data-words]').textContent = told.changed
    news.hidden = false
  }
  const look = () => ask(box.dataset.company)
  const id = /^\/referrals\/([^/]+)/.exec(box.dataset.company)[1]
  let source
  // A browser has few connections to one host: a page that nobody sees gives its own back.
  const listen = () => {
    source?.close()
    source = undefined
    if (document.hidden) return
    source = new EventSource('/worklist/live')
    source.addEventListener('change', ({ data }) => JSON.parse(data).ids.includes(id) && look())
    source.addEventListener('gap', look)
    // After a break what was told meanwhile is asked for.
    source.addEventListener('open', look)
    source.addEventListener('ended', () => source.close())
  }
  document.addEventListener('visibilitychange', () => {
    listen()
    if (!document.hidden) look()
  })
  listen()
  setInterval(() => document.hidden || look(), minute / 2)
  let seen = Date.now()
  const move = () => {
    if (Date.now() - seen < minute) return
    seen = Date.now()
    ask(box.dataset.here)
    here()
  }
  for (const sign of ['keydown', 'pointerdown', 'scroll'])
    addEventListener(sign, move, { passive: true })
}

for (const form of document.querySelectorAll('form[data-draft]')) keepTyped(form)
for (const box of document.querySelectorAll('[data-company]')) keepCompany(box)
