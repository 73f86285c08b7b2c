/**
 * The XHTML that a narrative may hold: https://hl7.org/fhir/R4/narrative.html#xhtml
 * (the rules txt-1 and txt-2: formatting only, nothing that runs or loads, and not empty).
 */

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '))

const elements = words(
  'a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 ' +
    'h4 h5 h6 hr i img li ol p pre q samp small span strong sub sup table tbody td tfoot th thead ' +
    'tr tt ul var',
)

const attributes = words(
  'title style class id lang xml:lang dir accesskey tabindex span width align valign char charoff ' +
    'abbr axis headers scope rowspan colspan summary border frame rules cellpadding cellspacing ' +
    'href name src alt longdesc height cite datetime shape coords rel rev hreflang type charset xmlns',
)

const namespace = 'http://www.w3.org/1999/xhtml'
const openTag = /<([a-z][a-z0-9]*)((?:\s+[a-zA-Z:_-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y
const closeTag = /<\/([a-z][a-z0-9]*)\s*>/y
const comment = /<!--(?:[^-]|-(?!-))*-->/y
const attribute = /([a-zA-Z:_-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const entity = /&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)/
const deepest = 200

export function isXhtml(text: string): boolean {
  const open: string[] = []
  let hasContent = false
  let at = skipSpace(text, 0)
  const end = text.trimEnd().length
  while (at < end) {
    if (text[at] !== '<') {
      const next = text.indexOf('<', at)
      const run = text.slice(at, next < 0 ? end : next)
      if (open.length === 0 || entity.test(run)) return false
      hasContent ||= /\S/.test(run)
      at += run.length
      continue
    }
    const step = readTag(text, at, open)
    if (step === undefined) return false
    hasContent ||= step.isContent
    at = step.end
    if (open.length === 0 && at < end) return false
  }
  return open.length === 0 && hasContent
}

interface Step {
  readonly end: number
  readonly isContent: boolean
}

/** Reads one tag or comment, and keeps the stack of open elements. */
function readTag(text: string, at: number, open: string[]): Step | undefined {
  const opening = matchAt(openTag, text, at)
  if (opening) {
    const [tag, name = '', attributeText = '', selfClosing] = opening
    if (open.length === 0 ? name !== 'div' || selfClosing : !elements.has(name)) return undefined
    if (open.length >= deepest || !areAttributes(attributeText, open.length === 0)) return undefined
    if (!selfClosing) open.push(name)
    return { end: at + tag.length, isContent: name === 'img' }
  }
  const closing = matchAt(closeTag, text, at)
  if (closing) {
    return open.pop() === closing[1] ? { end: at + closing[0].length, isContent: false } : undefined
  }
  const remark = matchAt(comment, text, at)
  return remark && open.length > 0 ? { end: at + remark[0].length, isContent: false } : undefined
}

function areAttributes(text: string, isRoot: boolean): boolean {
  let hasNamespace = false
  const seen = new Set<string>()
  for (const [, name = '', double, single] of text.matchAll(attribute)) {
    const value = double ?? single ?? ''
    if (!attributes.has(name) || seen.has(name) || entity.test(value)) return false
    if (/^\s*(?:javascript|vbscript)\s*:/i.test(value)) return false
    if (name === 'xmlns') {
      if (value !== namespace) return false
      hasNamespace = true
    }
    seen.add(name)
  }
  return hasNamespace || !isRoot
}

function matchAt(form: RegExp, text: string, at: number): RegExpExecArray | null {
  form.lastIndex = at
  return form.exec(text)
}

function skipSpace(text: string, at: number): number {
  let next = at
  while (/\s/.test(text[next] ?? '')) next++
  return next
}
