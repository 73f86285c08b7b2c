/** In which language somebody reads: chosen, else wished for by the browser, else English. */

import type { Questionnaire, QuestionnaireItem } from 'fhir/r4'
import t from 'tap'
import { readPublished } from '../../../src/domain/screening/published.ts'
import { readingItems } from '../../../src/domain/screening/readings.ts'
import { languageFor } from '../../../src/http/people/language.ts'
import { sayIn } from '../../../src/http/people/messages/messages.ts'
import { publishedLang, publishedWords } from '../../../src/http/people/published-text.ts'
import type { View } from '../../../src/http/people/view.ts'
import { attributeOf, elementsOf, signedIn, textOf, visitor } from '../../helpers/pages.ts'
import { peopleWorld } from '../../helpers/people-world.ts'

t.test('the dearest wish that can be met is met (RFC 9110, RFC 4647)', async (t) => {
  for (const [accepted, expected] of [
    [undefined, 'en'],
    ['', 'en'],
    ['es', 'es'],
    ['es-MX', 'es'],
    ['ES-419,es;q=0.9,en;q=0.8', 'es'],
    ['en-GB,es;q=0.9', 'en'],
    ['fr, es;q=0.2, en;q=0.1', 'es'],
    ['en;q=0.3,es;q=0.7', 'es'],
    ['es;q=0,en', 'en'],
    ['es;q=0', 'en'],
    ['fr,de', 'en'],
    ['*', 'en'],
    ['es;q=2', 'en'],
    ['estonian', 'en'],
    [`${'fr,'.repeat(5000)}es`, 'en'],
  ] as const)
    t.equal(languageFor(undefined, accepted), expected, (accepted ?? 'nothing').slice(0, 40))
  t.equal(languageFor('es', 'en'), 'es', 'what was chosen wins')
  t.equal(languageFor('xx', 'es'), 'es', 'what is not spoken was not chosen')
})

t.test('pages speak Spanish to who wishes for it, and say so', async (t) => {
  const { app } = await peopleWorld(t)
  const stranger = visitor(app)
  const page = await stranger.get('/sign-in', { 'accept-language': 'es-MX,es;q=0.9' })
  t.equal(page.headers['content-language'], 'es-US')
  t.match(page.headers.vary, /accept-language, cookie/)
  t.equal(page.headers['cache-control'], 'no-store')
  const [root] = elementsOf(page.html).filter(({ tagName }) => tagName === 'html')
  t.equal(root && attributeOf(root, 'lang'), 'es-US')
  t.match(textOf(page.html), /Iniciar sesión/)
  const plain = await stranger.get('/sign-in')
  t.equal(plain.headers['content-language'], 'en-US')
  t.match(textOf(plain.html), /Sign in/)
})

t.test(
  'the language is a switch that works without a script, before and after sign-in',
  async (t) => {
    const { app } = await peopleWorld(t)
    const stranger = visitor(app)
    const back = '/sign-in?next=%2Fworklist'
    const chosen = await stranger.post('/preferences', { language: 'es', back })
    t.equal(chosen.status, 303)
    t.equal(chosen.location, back)
    const page = await stranger.get('/sign-in', { 'accept-language': 'en' })
    t.match(textOf(page.html), /Iniciar sesión/)
    const button = elementsOf(page.html).find((each) => attributeOf(each, 'value') === 'es')
    t.equal(button && attributeOf(button, 'lang'), 'es')
    t.equal(button && attributeOf(button, 'aria-pressed'), 'true')
    t.equal((await stranger.post('/preferences', { language: 'xx' })).status, 400)
    for (const link of ['/answer', '/answer/open'])
      t.equal((await stranger.post('/preferences', { language: 'es', back: link })).location, link)
    for (const elsewhere of ['//evil.example', 'https://evil.example/sign-in', '/sign-in/../x'])
      t.equal(
        (await stranger.post('/preferences', { language: 'en', back: elsewhere })).location,
        '/sign-in',
      )

    const nora = await signedIn(app, 'nora-lind')
    const set = await nora.post('/preferences', { language: 'es', back: '/worklist?tab=closed' })
    t.equal(set.location, '/worklist?tab=closed')
    const list = await nora.get('/worklist?tab=closed')
    t.match(textOf(list.html), /Lista de trabajo/)
    t.match(textOf(list.html), /Cerrar sesión/)
    const nowhere = await nora.get('/worklist/nowhere')
    t.equal(nowhere.status, 404)
    t.match(textOf(nowhere.html), /Aquí no hay nada que usted pueda ver/)
  },
)

t.test(
  'every word of the published screening form has a translation, and what is not published has none',
  async (t) => {
    const form = readPublished().find(
      (each): each is Questionnaire => (each as Questionnaire).resourceType === 'Questionnaire',
    )
    const textsOf = (items: readonly QuestionnaireItem[] = []): readonly string[] =>
      items.flatMap(({ text = '', answerOption = [], item }) => [
        text,
        ...answerOption.flatMap(({ valueCoding }) => valueCoding?.display ?? []),
        ...textsOf(item),
      ])
    const readings = ['pain-intensity', 'loinc-bp'].flatMap((list) =>
      readingItems('any', {
        text: '',
        requirement: { type: 'Observation', codeFilter: [{ valueSet: `x/${list}` }] },
      }),
    )
    t.equal(readings.length, 5)
    const texts = [...textsOf(form?.item), ...textsOf(readings)]
    t.ok(texts.length > 30)
    const spanish = { language: 'es', say: sayIn('es') } as View
    for (const text of texts) {
      t.equal(publishedLang(spanish, text), undefined, text)
      t.equal(publishedWords({ language: 'en', say: sayIn('en') } as View, text), text)
    }
    t.equal(publishedWords(spanish, 'Is the patient pregnant?'), '¿Está embarazada la paciente?')
    t.equal(publishedWords(spanish, 'Is the patient pregnant now?'), 'Is the patient pregnant now?')
    t.match(String(publishedLang(spanish, 'Is the patient pregnant now?')?.text), /lang="en"/)
  },
)
