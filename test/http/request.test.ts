import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { Problem } from '../../src/domain/problem.ts'
import { prettyJson } from '../../src/http/pretty-json.ts'
import { ifMatchVersion, ifNoneExist, preferences } from '../../src/http/request.ts'

const withHeaders = (headers: FastifyRequest['headers']) => ({ headers }) as FastifyRequest

const codeOf = (run: () => unknown): string => {
  try {
    return String(run())
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
}

t.test('If-Match is one ETag of ours', async (t) => {
  const read = (etag: string | undefined) =>
    codeOf(() => ifMatchVersion(withHeaders({ 'if-match': etag })))
  t.equal(read('W/"3"'), '3')
  t.equal(read('"12"'), '12')
  for (const missing of [undefined, '', '*']) t.equal(read(missing), 'precondition-required')
  for (const wrong of ['3', 'W/3', 'W/"0"', 'W/"-1"', 'W/"1", W/"2"', 'W/"x"', 'W/"99999999999"'])
    t.equal(read(wrong), 'bad-parameter', wrong)
})

t.test('If-None-Exist is a query', async (t) => {
  const read = (query: string | undefined) =>
    codeOf(() => ifNoneExist(withHeaders({ 'if-none-exist': query })))
  t.equal(read('identifier=a|b'), 'identifier=a|b')
  t.equal(read('?identifier=a'), 'identifier=a')
  t.equal(read(undefined), 'undefined')
  t.equal(read(' '), 'bad-parameter')
})

t.test('Prefer is read in any order, and what FHIR does not have is refused', async (t) => {
  const read = (prefer: string) => preferences(withHeaders({ prefer }))
  t.strictSame(read(''), { return: 'representation', lenient: false })
  t.strictSame(read('handling=lenient, return=minimal'), { return: 'minimal', lenient: true })
  t.strictSame(read('return="OperationOutcome"; x=y'), {
    return: 'OperationOutcome',
    lenient: false,
  })
  t.equal(
    codeOf(() => read('return=everything')),
    'bad-parameter',
  )
})

t.test('laying out JSON changes nothing but white space', async (t) => {
  const text = '{"a":1.10,"b":[],"c":{ },"d":["x, {y}: \\"z\\\\",1E3,{"e":null}]}'
  const pretty = prettyJson(text)
  t.equal(
    pretty.replace(/\n\s*/g, '').replace(/: /g, ':').replace('"x, {y}:', '"x, {y}: '),
    text.replace('{ }', '{}'),
  )
  t.strictSame(JSON.parse(pretty), JSON.parse(text))
  t.equal(prettyJson('{}'), '{}\n')
  t.equal(prettyJson('{"a":[1]}'), '{\n  "a": [\n    1\n  ]\n}\n')
})
