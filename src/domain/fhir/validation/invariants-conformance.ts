/**
 * Invariants of value sets, code systems and definitions, which are looked at when ours are
 * published. Those that compare every element with every other are here, so that none of them takes
 * time that grows with the square of a resource.
 */
import {
  areDistinct,
  type Focus,
  has,
  hasChoice,
  isObject,
  needs,
  notBoth,
  objects,
  oneOf,
} from './focus.ts'
import type { NativeInvariant } from './invariant.ts'

const sliceName = /^[a-zA-Z0-9/_[\]@-]+$/
const elementName = '[^\\s.,:;\'"/|?!@#$%&*()\\[\\]{}]{1,64}'
const elementPath = new RegExp(`^${elementName}(\\.${elementName}(\\[x\\])?(:[^\\s.]+)?)*$`)

export const conformanceInvariants = {
  'vsd-1': oneOf('valueSet', 'system'),
  'vsd-2': (include) =>
    (!has(include, 'concept') && !has(include, 'filter')) || has(include, 'system'),
  'vsd-3': notBoth('concept', 'filter'),
  'vsd-6': oneOf('code', 'display'),
  'vsd-9': (contains) => has(contains, 'code') || contains.abstract === true,
  'vsd-10': needs('code', 'system'),
  'csd-1': (codeSystem) => areDistinct(codesIn(codeSystem)),
  'nsd-2': ({ uniqueId }) =>
    areDistinct(
      valuesOf(
        objects(uniqueId).filter((id) => id.preferred === true),
        'type',
      ),
    ),
  'cpb-7': ({ document }) =>
    areDistinct(objects(document).map((each) => `${each.profile} ${each.mode}`)),
  'cpb-9': ({ resource }) => areDistinct(valuesOf(objects(resource), 'type')),
  'cpb-12': ({ searchParam }) => areDistinct(valuesOf(objects(searchParam), 'name')),

  'eld-1': oneOf('discriminator', 'description'),
  'eld-2': ({ min, max }) =>
    min === undefined || max === undefined || max === '*' || Number(min) <= Number(max),
  'eld-3': (max: unknown) => max === '*' || Number(max) >= 0,
  'eld-4': (type) => !has(type, 'aggregation') || isReference(type),
  'eld-5': (element) =>
    !has(element, 'contentReference') ||
    !(
      ['type', 'example', 'maxLength', 'binding'].some((name) => has(element, name)) ||
      ['defaultValue', 'fixed', 'pattern', 'minValue', 'maxValue'].some((name) =>
        hasChoice(element, name),
      )
    ),
  'eld-6': (element) => !hasChoice(element, 'fixed') || objects(element.type).length <= 1,
  'eld-7': (element) => !hasChoice(element, 'pattern') || objects(element.type).length <= 1,
  'eld-8': (element) => !hasChoice(element, 'pattern') || !hasChoice(element, 'fixed'),
  // As published it asks whether any type was looked at, not whether one may be bound.
  'eld-11': () => true,
  'eld-12': ({ valueSet }) =>
    valueSet === undefined || /^(?:http:|https|urn:)/.test(String(valueSet)),
  'eld-13': ({ type }) => areDistinct(valuesOf(objects(type), 'code')),
  'eld-14': ({ constraint }) => areDistinct(valuesOf(objects(constraint), 'key')),
  'eld-15': (element) => !hasChoice(element, 'defaultValue') || !has(element, 'meaningWhenMissing'),
  // The published expressions of these two are no regular expression in Unicode mode.
  'eld-16': (element) =>
    element.sliceName === undefined || sliceName.test(String(element.sliceName)),
  'eld-19': (element) => element.path === undefined || elementPath.test(String(element.path)),
  'eld-17': (type) => isReference(type) || !has(type, 'targetProfile'),
  'eld-18': (element) => element.isModifier !== true || has(element, 'isModifierReason'),
  'eld-22': needs('sliceIsConstraining', 'sliceName'),

  'sdf-1': ({ derivation, snapshot }) =>
    derivation === 'constraint' || areDistinct(valuesOf(elementsOf(snapshot), 'path')),
  'sdf-3': (snapshot) =>
    elementsOf(snapshot).every((each) =>
      ['definition', 'min', 'max'].every((name) => has(each, name)),
    ),
  'sdf-8': (snapshot, { resource }) =>
    (resource.kind === 'logical' || pathOf(elementsOf(snapshot)[0]) === resource.type) &&
    areBelow(pathOf(elementsOf(snapshot)[0]), elementsOf(snapshot)),
  'sdf-8a': (differential, { resource }) =>
    (resource.kind === 'logical' ||
      pathOf(elementsOf(differential)[0]).startsWith(String(resource.type))) &&
    areBelow(pathOf(elementsOf(differential)[0]).replace(/\..*/s, ''), elementsOf(differential)),
  'sdf-16': ({ snapshot }) => haveOwnIds(elementsOf(snapshot)),
  'sdf-17': ({ differential }) => haveOwnIds(elementsOf(differential)),
} satisfies Record<string, NativeInvariant>

function isReference({ code }: Focus): boolean {
  return code === 'Reference' || code === 'canonical'
}

function elementsOf(view: unknown): readonly Focus[] {
  return isObject(view) ? objects(view.element) : []
}

function pathOf(element: Focus | undefined): string {
  return String(element?.path ?? '')
}

function areBelow(root: string, elements: readonly Focus[]): boolean {
  return elements.slice(1).every((element) => pathOf(element).startsWith(`${root}.`))
}

function haveOwnIds(elements: readonly Focus[]): boolean {
  return elements.every(({ id }) => id !== undefined) && areDistinct(valuesOf(elements, 'id'))
}

function valuesOf(items: readonly Focus[], name: string): unknown[] {
  return items.flatMap((item) => (item[name] === undefined ? [] : [item[name]]))
}

function codesIn(holder: Focus): unknown[] {
  return objects(holder.concept).flatMap((each) => [...valuesOf([each], 'code'), ...codesIn(each)])
}
