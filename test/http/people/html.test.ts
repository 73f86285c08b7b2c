/** AL-08: whatever text there is, a page has the elements and attributes of its template and no others. */

import fc from 'fast-check'
import type { DefaultTreeAdapterTypes } from 'parse5'
import t from 'tap'
import { type Html, html } from '../../../src/http/pages/html.ts'
import { notice, summaryList, tag, textField } from '../../../src/http/people/components.ts'
import { attributeOf, elementsOf, textOf } from '../../helpers/pages.ts'

type Element = DefaultTreeAdapterTypes.Element

const shapeOf = (page: Html): readonly string[] =>
  elementsOf(page.text).map(
    ({ tagName, attrs }: Element) => `${tagName} ${attrs.map(({ name }) => name).join(' ')}`,
  )

const markup = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '`',
        '&',
        '=',
        '/',
        ' ',
        '\n',
        '<script>',
        '</',
        '<!--',
        '-->',
        'onerror=',
        'javascript:',
        '&#60;',
        '&lt;',
        ']]>',
        '${',
        '\u2028',
        '\u202e',
        '{{',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
)

/** Every kind of place that a template has. */
const everywhere = (text: string): Html => html`<main data-any="${text}">
<p title="${text}">${text}</p>${[text, html`<b>${text}</b>`]}
<textarea>x${text}</textarea><input value="${text}">
${tag(text)}${notice(text)}${summaryList([[text, text]])}
${textField({ name: 'note', label: text, hint: text, value: text, error: text, rows: 3 })}
</main>`

t.test('AL-08 no text adds an element or an attribute to a page', async (t) => {
  const shape = shapeOf(everywhere('plain'))
  fc.assert(
    fc.property(markup, (text) => {
      // An empty error or hint is none, and then its element is not there.
      fc.pre(text !== '')
      t.strictSame(shapeOf(everywhere(text)), shape)
    }),
    { numRuns: 500 },
  )
})

t.test('AL-08 and all of it is still there to read', async (t) => {
  for (const text of [
    '<script>alert(1)</script>',
    '" onmouseover="x',
    'Müller & <Söhne>',
    'שרה אמנו',
  ]) {
    const page = everywhere(text).text
    t.match(textOf(page), text)
    const [main] = elementsOf(page).filter(({ tagName }) => tagName === 'main')
    t.equal(main && attributeOf(main, 'data-any'), text)
  }
})
