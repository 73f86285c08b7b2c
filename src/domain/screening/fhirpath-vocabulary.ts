/**
 * The names that an expression may use of FHIR R4, as the FHIRPath engine knows them.
 *
 * https://hl7.org/fhirpath/N1/#type-safety-and-strict-evaluation
 */

import { createRequire } from 'node:module'
import { clinicalTypes } from './fhirpath-words.ts'

// Loading takes time, and few clinics have criteria of their own.
const require = createRequire(import.meta.url)

interface Vocabulary {
  readonly elements: ReadonlySet<string>
  readonly types: ReadonlySet<string>
  /** JSON's names of elements with one of several types: `valueQuantity` is `value.ofType(Quantity)`. */
  readonly choices: ReadonlyMap<string, string>
}

let known: Vocabulary | undefined

/** The names that R4 has anywhere: enough to catch a slip of the pen. */
export function vocabulary(): Vocabulary {
  known ??= readVocabulary()
  return known
}

function readVocabulary(): Vocabulary {
  const model = require('fhirpath/fhir-context/r4') as {
    readonly path2Type: object
    readonly choiceTypePaths: Readonly<Record<string, readonly string[]>>
    readonly availableTypes: ReadonlySet<string>
  }
  // A primitive type begins with a small letter everywhere but in the names of JSON.
  const typeOf = (name: string) => {
    const primitive = `${name.charAt(0).toLowerCase()}${name.slice(1)}`
    return model.availableTypes.has(primitive) ? primitive : name
  }
  const inJson = new Map(
    Object.entries(model.choiceTypePaths).flatMap(([path, names]) =>
      names.map((name) => [`${path}${name}`, `${lastOf(path)}.ofType(${typeOf(name)})`]),
    ),
  )
  const paths = Object.keys(model.path2Type).filter((path) => !inJson.has(path))
  return {
    elements: new Set(
      [...paths, ...Object.keys(model.choiceTypePaths)].flatMap((path) => path.split('.')),
    ),
    types: model.availableTypes,
    // Device.property.valueQuantity is an element, but nobody means that one.
    choices: new Map(
      [...inJson]
        .filter(([path]) => clinicalTypes.has(path.slice(0, path.indexOf('.'))))
        .map(([path, inFhirPath]) => [lastOf(path), inFhirPath]),
    ),
  }
}

const lastOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1)
