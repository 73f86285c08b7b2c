// What a browser adds to a form of questions: it saves while somebody types, and hides what does not apply.

const form = document.querySelector('form[data-answer]')
const said = form?.querySelector('[data-saved]')
const quietMs = 1500

/** Once nothing was typed for a moment, what stands in the fields is kept on the server. */
function saveWhileTyping() {
  let timer
  let saving = false
  let again = false
  let stopped = false
  const save = async () => {
    if (saving) {
      again = true
      return
    }
    saving = true
    again = false
    said.textContent = form.dataset.saving
    const fields = new URLSearchParams(new FormData(form))
    fields.set('do', 'auto')
    try {
      const answer = await fetch(form.action, { method: 'POST', body: fields, redirect: 'error' })
      const { draft, words } = await answer.json()
      said.textContent = words
      if (answer.ok) form.elements.draft.value = draft
      // Somebody else was there: going on would say so every second.
      else stopped = true
    } catch {
      said.textContent = form.dataset.failed
    }
    saving = false
    if (again && !stopped) save()
  }
  const later = () => {
    if (stopped) return
    clearTimeout(timer)
    timer = setTimeout(save, quietMs)
  }
  form.addEventListener('input', later)
  form.addEventListener('change', later)
  // What the form itself sends is saved with it.
  form.addEventListener('submit', () => {
    stopped = true
    clearTimeout(timer)
  })
}

const compare = {
  '=': (given, wanted) => given.includes(wanted),
  '!=': (given, wanted) => !given.includes(wanted),
  '>': (given, wanted) => given.some((each) => Number(each) > Number(wanted)),
  '<': (given, wanted) => given.some((each) => Number(each) < Number(wanted)),
  '>=': (given, wanted) => given.some((each) => Number(each) >= Number(wanted)),
  '<=': (given, wanted) => given.some((each) => Number(each) <= Number(wanted)),
  exists: (given, wanted) => given.length > 0 === (wanted === 'true'),
}

/** Without a script all of it is shown with its condition in words, and the server decides. */
function hideWhatDoesNotApply() {
  const data = new FormData(form)
  for (const part of form.querySelectorAll('[data-when]')) {
    const { any, conditions } = JSON.parse(part.dataset.when)
    const holds = ([field, operator, wanted]) =>
      compare[operator](
        data.getAll(field).filter((value) => value !== '' && value !== 'unknown'),
        wanted,
      )
    part.hidden = !(any ? conditions.some(holds) : conditions.every(holds))
  }
}

if (form) {
  saveWhileTyping()
  if (form.querySelector('[data-when]')) {
    // What is shown applies; its condition need not be read any more.
    for (const words of form.querySelectorAll('[data-when] > .condition')) words.hidden = true
    form.addEventListener('input', hideWhatDoesNotApply)
    hideWhatDoesNotApply()
  }
}
