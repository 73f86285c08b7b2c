// Choosing rows of the list: all of them at once, or by x, and how many there are.

const boxes = [...document.querySelectorAll('input[name="row"]')]
const all = document.querySelector('[data-choose-all]')
const count = document.querySelector('[data-chosen]')

function tell() {
  const chosen = boxes.filter(({ checked }) => checked).length
  if (count) {
    count.textContent = chosen === 0 ? '' : String(chosen)
    count.hidden = chosen === 0
  }
  if (all) all.textContent = chosen === boxes.length ? all.dataset.none : all.dataset.all
}

all?.addEventListener('click', (event) => {
  event.preventDefault()
  const checked = boxes.some((box) => !box.checked)
  for (const box of boxes) box.checked = checked
  tell()
})
document.addEventListener('change', tell)
document.addEventListener('keydown', ({ key, target, ctrlKey, metaKey, altKey }) => {
  if (key !== 'x' || ctrlKey || metaKey || altKey) return
  if (document.body.dataset.shortcuts !== 'on') return
  if (target.closest('input:not([type=checkbox]), textarea, select, dialog[open]')) return
  document.activeElement?.closest('tr')?.querySelector('input[name="row"]')?.click()
})
tell()
