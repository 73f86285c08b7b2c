/** A form as the browser sent it: https://url.spec.whatwg.org/#application/x-www-form-urlencoded */

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../../domain/problem.ts'

/** A practice's answers to a long form with free text fit ten times. */
const bodyLimit = 1024 * 1024
const mostFields = 2000

/** Fields in the order of the page; one name may stand there several times. */
export class Form {
  readonly #pairs: readonly (readonly [name: string, value: string])[]

  constructor(pairs: Iterable<readonly [string, string]>) {
    this.#pairs = [...pairs]
  }

  /** What was typed, without the space around it; '' when it was left empty or is not there. */
  text(name: string): string {
    // Browsers send line ends as CR LF, whatever was typed.
    return (this.all(name)[0] ?? '').replaceAll('\r\n', '\n').trim()
  }

  /** A code out of a closed list. @throws Problem bad-request for anything else */
  code<Code extends string>(name: string, codes: readonly Code[]): Code {
    const found = codes.find((code) => code === this.text(name))
    if (found === undefined) throw new Problem('bad-request', `Choose one of the list: ${name}.`)
    return found
  }

  has(name: string): boolean {
    return this.#pairs.some(([each]) => each === name)
  }

  all(name: string): readonly string[] {
    return this.#pairs.flatMap(([each, value]) => (each === name ? value : []))
  }

  /** All fields but the one that is ours. */
  fields(): readonly (readonly [name: string, value: string])[] {
    return this.#pairs.filter(([name]) => name !== 'form-token')
  }
}

export function acceptForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit },
    async (_request: FastifyRequest, body: string) => {
      const form = new URLSearchParams(body)
      if (form.size > mostFields) throw new Problem('bad-request', 'The form has too many fields.')
      if (body.includes('%00')) throw new Problem('bad-request', 'A field holds the NUL character.')
      return new Form(form)
    },
  )
}

/** @throws Problem bad-request when there is no form */
export function formOf(request: FastifyRequest): Form {
  if (!(request.body instanceof Form))
    throw new Problem('bad-request', 'Send the form of the page.')
  return request.body
}
