/** HTML from templates: what is put in is escaped unless it is HTML already. */

/** Text that is HTML. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a template takes; false and undefined are nothing, so `wanted && html`…`` reads well. */
export type Part = Html | string | number | false | undefined | readonly Part[]

/** html`<p>${text}</p>`: strings are escaped, Html and lists of it are joined as they are. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(
    strings.reduce(
      (text, string, i) => text + string + (i < parts.length ? toText(parts[i]) : ''),
      '',
    ),
  )
}

function toText(part: Part): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(toText).join('')
  return escapeHtml(String(part))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (char) => entities[char] ?? '')

/** Paragraphs with `code` and [links](/path), the only marks that our descriptions use. */
export function prose(text: string): Html[] {
  return text.split('\n\n').map((paragraph) => html`<p>${inline(paragraph)}</p>`)
}

function inline(text: string): Html[] {
  return text.split(/(`[^`]+`|\[[^\]]+\]\(\/[^)]*\))/).map((part) => {
    if (part.startsWith('`') && part.endsWith('`')) return html`<code>${part.slice(1, -1)}</code>`
    const link = /^\[([^\]]+)\]\((\/[^)]*)\)$/.exec(part)
    return link ? html`<a href="${link[2]}">${link[1]}</a>` : html`${part}`
  })
}
