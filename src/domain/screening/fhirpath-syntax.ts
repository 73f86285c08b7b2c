/**
 * What an expression of a clinic's own may say, held when the policy is loaded. Everything that could
 * only fail later, or silently give nothing, is refused here with its place.
 *
 * FHIRPath: https://hl7.org/fhirpath/N1/
 */

import { createRequire } from 'node:module'
import { vocabulary } from './fhirpath-vocabulary.ts'
import { functions, refusedFunctions, systemTypes } from './fhirpath-words.ts'

export interface ReadExpression {
  /** Names after `%`. */
  readonly variables: readonly string[]
  /** Types that the expression tells apart, such as `Observation`. */
  readonly types: readonly string[]
}

interface Node {
  readonly type?: string
  readonly text?: string
  readonly delimitedText?: string
  readonly start?: { readonly line: number; readonly column: number }
  readonly children?: readonly Node[]
}

const longest = 2_000

// Loading takes 80 ms, and few clinics have criteria of their own.
const require = createRequire(import.meta.url)

/**
 * @param text one FHIRPath expression
 * @param refuse is told each fault: `line 1, column 4: there is no function 'foo'`
 */
export function readExpression(
  text: string,
  refuse: (reason: string) => void,
): ReadExpression | undefined {
  if (text.length > longest) {
    refuse(`an expression has at most ${longest} characters`)
    return undefined
  }
  const reader = new ExpressionReader(refuse)
  const tree = parsed(text, refuse)
  if (tree === undefined) return undefined
  reader.read(tree)
  return { variables: [...reader.variables], types: [...reader.types] }
}

function parsed(text: string, refuse: (reason: string) => void): Node | undefined {
  const fhirpath = require('fhirpath') as typeof import('fhirpath')
  try {
    return fhirpath.parse(text) as Node
  } catch (error) {
    const lines = error instanceof Error ? error.message.split('\n') : []
    for (const line of lines) refuse(syntaxFault(line))
    return undefined
  }
}

/** The parser counts columns from 0, and lists every token that could have stood there. */
function syntaxFault(message: string): string {
  const [, line, column, fault] = /^line: (\d+); column: (\d+); message: (.*)$/s.exec(message) ?? []
  if (fault === undefined) return 'cannot be read as FHIRPath'
  const short = fault.replace(/ expecting .*$/s, '').replace("'<EOF>'", 'the end of the expression')
  return `line ${line}, column ${Number(column) + 1}: ${short}`
}

class ExpressionReader {
  readonly variables = new Set<string>()
  readonly types = new Set<string>()
  readonly #refuse: (reason: string) => void

  constructor(refuse: (reason: string) => void) {
    this.#refuse = refuse
  }

  read(node: Node): void {
    if (node.type === 'FunctionInvocation') this.#call(node)
    else if (node.type === 'ExternalConstantTerm') this.variables.add(variableOf(node))
    else if (node.type === 'TypeSpecifier') this.#type(node.text ?? '', node)
    else if (node.type === 'MemberInvocation') this.#member(node)
    else for (const child of node.children ?? []) this.read(child)
  }

  #call(node: Node): void {
    const [name, list] = node.children?.[0]?.children ?? []
    const called = name?.text ?? ''
    const given = list?.children ?? []
    const fault = faultOfCall(called, given.length)
    if (fault !== undefined) this.#fault(node, fault)
    else if (takesType.has(called)) for (const each of given) this.#type(each.text ?? '', node)
    else for (const each of given) this.read(each)
  }

  #type(text: string, node: Node): void {
    const [, space, name = ''] = /^(?:(FHIR|System)\.)?`?(\w+)`?$/.exec(text) ?? []
    const known = space === 'System' ? systemTypes.has(name) : vocabulary().types.has(name)
    if (!known && (space !== undefined || !systemTypes.has(name)))
      this.#fault(node, `there is no type '${text}'`)
    else this.types.add(name)
  }

  #member(node: Node): void {
    const name = (node.text ?? '').replace(/^`|`$/g, '')
    const { elements, types, choices } = vocabulary()
    const inFhirPath = choices.get(name)
    if (inFhirPath) this.#fault(node, `FHIRPath knows '${name}' as ${inFhirPath}`)
    else if (!elements.has(name) && !types.has(name))
      this.#fault(node, `there is no element '${name}' in FHIR R4`)
  }

  #fault(node: Node, reason: string): void {
    const { line, column } = node.start ?? { line: 1, column: 1 }
    this.#refuse(`line ${line}, column ${column}: ${reason}`)
  }
}

function faultOfCall(name: string, given: number): string | undefined {
  const refused = refusedFunctions.get(name)
  if (refused !== undefined) return `${name}() ${refused}`
  const arity = functions.get(name)
  if (arity === undefined) return `there is no function '${name}'`
  const [least, most] = arity
  if (given >= least && given <= most) return undefined
  const many = least === most ? `${least}` : `${least} to ${most}`
  return `${name}() takes ${many} ${many === '1' ? 'value' : 'values'}`
}

const takesType: ReadonlySet<string> = new Set(['ofType', 'is', 'as'])

const variableOf = ({ delimitedText, text }: Node): string =>
  (delimitedText ?? text ?? '').replace(/^'|'$/g, '')
