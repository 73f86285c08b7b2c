/** What a CodeableConcept says by its codes, its words and its name. */

import type { CodeableConcept, Coding } from 'fhir/r4'
import t from 'tap'
import { allText, freeText, meaningOf, nameOf } from '../../../src/domain/screening/concepts.ts'
import { icd, policy } from './build.ts'

const crps: Coding = { system: icd, code: 'G90.511', display: 'CRPS, as it was sent' }
const unlisted: Coding = { system: 'urn:ours', code: '1', display: 'Ours' }
const coded = (...coding: Coding[]): CodeableConcept => ({ coding })

t.test('what any coding means, the concept means', async (t) => {
  const one = meaningOf(coded(crps), policy.codes)
  t.ok(one.listed)
  t.ok(one.lists.has('qual-crps'))
  for (const codings of [
    [crps, unlisted],
    [unlisted, crps],
  ]) {
    const both = meaningOf(coded(...codings), policy.codes)
    t.same([...both.lists], [...one.lists])
    t.same([...both.patterns], [...one.patterns])
    t.equal(both.display, one.display)
    t.ok(both.listed)
  }
  const two = meaningOf(coded(crps, { system: icd, code: 'H40.1131' }), policy.codes)
  t.ok(two.lists.has('qual-crps'))
  t.ok(two.lists.has('x6-glaucoma'))
  t.equal(two.display, one.display, 'called by the first')
  for (const nothing of [undefined, {}, coded(), coded(unlisted), { text: 'CRPS' }]) {
    const { listed, lists, category, patterns, display } = meaningOf(nothing, policy.codes)
    t.same([listed, lists.size, category.size, patterns.size, display], [false, 0, 0, 0, undefined])
  }
})

t.test('words of a concept are its text and its displays', async (t) => {
  t.equal(allText({ text: 'Pain', coding: [crps, unlisted] }), 'Pain | CRPS, as it was sent | Ours')
  t.equal(allText(coded({ code: '1' }, unlisted)), 'Ours')
  t.equal(allText({ text: '' }), '')
  t.equal(allText(undefined), '')
})

t.test('the display of a listed code is nobody’s words', async (t) => {
  t.equal(freeText({ text: 'Left hand', coding: [crps] }, policy.codes), 'Left hand')
  t.equal(freeText(coded(crps), policy.codes), '')
  t.equal(freeText({ text: 'Left hand', coding: [unlisted] }, policy.codes), 'Left hand | Ours')
  t.equal(freeText(undefined, policy.codes), '')
})

t.test('a concept is called by the list, its text, a display or a code', async (t) => {
  const all = { text: 'Text', coding: [{ code: '1' }, unlisted] }
  t.equal(nameOf(all, 'Listed'), 'Listed')
  t.equal(nameOf(all), 'Text')
  t.equal(nameOf(coded({ code: '1' }, unlisted)), 'Ours')
  t.equal(nameOf(coded({ code: '1' }, { code: '2' })), '1')
  for (const nothing of [undefined, {}, coded(), coded({ system: 'urn:ours' })])
    t.equal(nameOf(nothing), 'an entry without a name')
})

t.test('a name goes without the tag of SNOMED CT', async (t) => {
  const tags = 'disorder,finding,situation,procedure,regime/therapy,qualifier value,substance'
  for (const tag of tags.split(',')) t.equal(nameOf({ text: `Pain (${tag})` }), 'Pain', tag)
  t.equal(nameOf({ text: 'Pain (disorder) of the hand' }), 'Pain (disorder) of the hand')
  t.equal(nameOf({ text: 'Pain (left)' }), 'Pain (left)')
})
