/** What the OpenAPI document says of the routes that take something in. */

import type { ProblemCode } from '../domain/problem.ts'
import { documented, fhirAnswer, fhirBody, idParam, typeParam } from './documentation.ts'
import { serviceRequest, task } from './examples.ts'
import {
  abortTask,
  acknowledgement,
  answerLinkMade,
  answerLinkWanted,
  guidanceResponse,
  jsonPatch,
  observation,
  outcome,
  questionnaireResponse,
  reconciled,
  reconciling,
  singleRequest,
  transaction,
  transactionResponse,
} from './examples-write.ts'

/** What can be wrong with any FHIR body. */
const bodyProblems: readonly ProblemCode[] = [
  'not-json',
  'json-limit',
  'not-fhir',
  'invalid-resource',
  'too-large',
  'unsupported-media-type',
]
/** What can be wrong with a referral. */
const referralProblems: readonly ProblemCode[] = [
  'no-referral',
  'many-referrals',
  'referral-invalid',
  'unknown-clinic',
  'unresolved-reference',
  'referral-differs',
  'referral-duplicate',
  'conflict',
  'not-supported',
]
const changeProblems: readonly ProblemCode[] = ['not-found', 'conflict', 'not-yours-to-change']

const ifMatch = {
  'If-Match': {
    type: 'string',
    description: 'The ETag of the version that the change is based on. Required.',
    examples: ['W/"2"'],
  },
}
const prefer = {
  Prefer: {
    type: 'string',
    description: '`return=minimal`, `return=representation` or `return=OperationOutcome`.',
  },
}
const versionHeaders = ['ETag', 'Last-Modified'] as const
const taskAnswer = fhirAnswer('The Task, as it stands now', 'Task', task, [
  ...versionHeaders,
  'Content-Location',
])

export const transactionSchema = documented({
  summary: 'Submit a referral as a transaction Bundle',
  description:
    'One active ServiceRequest whose performer is a clinic, and what supports it. The same identifier with the same content returns the referral that is there, with other content 409. A Bundle that PUTs the ServiceRequest of an existing referral (with ifMatch) extends that referral. The answer has one entry for each entry sent and then, added, the Task and the GuidanceResponse.',
  tag: 'referral',
  body: fhirBody('Bundle', { referral: transaction }),
  answers: { 200: fhirAnswer('The referral is stored', 'Bundle', transactionResponse) },
  problems: [...bodyProblems, ...referralProblems, 'version-conflict', 'precondition-required'],
})

export const createRequestSchema = documented({
  summary: 'Submit a referral as one ServiceRequest',
  description:
    'Patient, requester and evidence travel in `contained` and become resources of their own. With If-None-Exist: identifier=system|value, a referral that is here already is returned as it is.',
  tag: 'referral',
  headers: {
    'If-None-Exist': {
      type: 'string',
      examples: ['identifier=https://lakeside-family.example/referral|REF-1001'],
    },
    ...prefer,
  },
  body: fhirBody('ServiceRequest', { referral: singleRequest }),
  answers: {
    200: fhirAnswer('It was here already', 'ServiceRequest', serviceRequest, versionHeaders),
    201: fhirAnswer('The referral is stored', 'ServiceRequest', serviceRequest, [
      ...versionHeaders,
      'Location',
    ]),
  },
  problems: [...bodyProblems, ...referralProblems, 'multiple-matches', 'bad-parameter'],
})

export const updateRequestSchema = documented({
  summary: 'Change or revoke a referral',
  description:
    'Needs If-Match. More supportingInfo runs the check again; status revoked takes the referral back: at once before it is with the clinic, as a request to the clinic afterwards.',
  tag: 'referral',
  params: { id: idParam },
  headers: { ...ifMatch, ...prefer },
  body: fhirBody('ServiceRequest', { revoked: { ...serviceRequest, status: 'revoked' } }),
  answers: {
    200: fhirAnswer('The new version', 'ServiceRequest', serviceRequest, [
      ...versionHeaders,
      'Content-Location',
    ]),
  },
  problems: [
    ...bodyProblems,
    ...changeProblems,
    'referral-closed',
    'referral-invalid',
    'version-conflict',
    'precondition-required',
  ],
})

export const answerFormSchema = documented({
  summary: 'Answer what is missing by a form',
  description:
    'A QuestionnaireResponse whose basedOn is the ServiceRequest: it is added to the referral and the check runs again.',
  tag: 'referral',
  headers: prefer,
  body: fhirBody('QuestionnaireResponse', { screening: questionnaireResponse }),
  answers: {
    201: fhirAnswer('The answers are stored', 'QuestionnaireResponse', questionnaireResponse, [
      ...versionHeaders,
      'Location',
    ]),
  },
  problems: [...bodyProblems, ...changeProblems, 'referral-invalid', 'referral-closed'],
})

export const addInformationSchema = documented({
  summary: 'Supply what is missing',
  description:
    'Takes a supporting resource or a Bundle of them, adds them to the referral and checks it again. The answer is the Task.',
  tag: 'referral',
  params: { id: idParam },
  headers: prefer,
  body: fhirBody('Resource', { form: questionnaireResponse, measurement: observation }),
  answers: { 200: taskAnswer },
  problems: [
    ...bodyProblems,
    ...changeProblems,
    'referral-invalid',
    'referral-closed',
    'unresolved-reference',
  ],
})

export const acknowledgeSchema = documented({
  summary: 'Send a referral in spite of the check',
  description:
    'Parameters `reason` (CodeableConcept or text) and `practitioner`. The referral goes on, flagged with the reason. The answer is the Task.',
  tag: 'referral',
  params: { id: idParam },
  headers: prefer,
  body: fhirBody('Parameters', { acknowledgement }),
  answers: { 200: taskAnswer },
  problems: [...bodyProblems, ...changeProblems, 'bad-parameter', 'illegal-transition'],
})

export const answerLinkSchema = documented({
  summary: 'Make a link by which the practice answers',
  description:
    'For a practice whose people have no system of their own: the link lets one person in, once, to answer what this referral lacks. It is told here and kept nowhere; a new one ends the one before. Parameters `end` = true takes it back.',
  tag: 'referral',
  params: { id: idParam },
  body: fhirBody('Parameters', { end: answerLinkWanted }),
  answers: { 200: fhirAnswer('The link', 'Parameters', answerLinkMade) },
  problems: [...bodyProblems, 'not-found', 'bad-parameter', 'nothing-to-answer'],
})

export const compareListsSchema = documented({
  summary: 'Compare your list of referrals with what is here',
  description:
    'Parameters: `referral` (up to 500, each with `identifier` or `reference`, `status` and perhaps `business-status`), `period` (of those that came in it, the ones you did not list are told) and `after` (the `next` of an answer). The answer counts what is `equal` and has a `difference` for the rest, with its kind and what to do.',
  tag: 'referral',
  body: fhirBody('Parameters', { reconciling }),
  answers: { 200: fhirAnswer('What differs', 'Parameters', reconciled) },
  problems: [...bodyProblems, 'bad-parameter', 'bad-request'],
})

export const checkSchema = documented({
  summary: 'Check a referral without submitting it',
  description:
    'Takes what a submission takes and answers with the GuidanceResponse. Nothing is stored.',
  tag: 'check',
  body: fhirBody('Resource', { transaction, single: singleRequest }),
  answers: { 200: fhirAnswer('The result', 'GuidanceResponse', guidanceResponse) },
  problems: [...bodyProblems, ...referralProblems],
})

/** @param ofType true for the address that names the type */
export const validateSchema = (ofType: boolean) =>
  documented({
    summary: ofType ? 'Validate a resource of one type' : 'Validate a resource',
    description:
      'Answers with every issue, each with its expression. With `profile`, also against that profile of ours. Parameters with a `resource` are understood.',
    tag: 'check',
    ...(ofType ? { params: { type: typeParam } } : {}),
    query: { profile: { type: 'string', description: 'Canonical URL of a profile.' } },
    body: fhirBody('Resource', { referral: singleRequest }),
    answers: { 200: fhirAnswer('What was found', 'OperationOutcome', outcome) },
    problems: ['not-json', 'json-limit', 'too-large', 'unsupported-media-type', 'bad-request'],
  })

const taskRules =
  'Needs If-Match. Only the moves of the life of a referral are taken; what a clinic does not own (focus, patient, owner, check result) stays as it is.'
const taskProblems: readonly ProblemCode[] = [
  ...bodyProblems,
  ...changeProblems,
  'illegal-transition',
  'version-conflict',
  'precondition-required',
]

export const createTaskSchema = documented({
  summary: 'Ask that a referral be stopped',
  description:
    'A Task of code abort whose focus is the Task of the referral, as in HL7 clinical order workflows. It revokes the order: at once before the clinic has it; afterwards the clinic is asked, and the status of this Task is its answer (completed, rejected).',
  tag: 'task',
  headers: prefer,
  body: fhirBody('Task', { abort: abortTask }),
  answers: {
    200: taskAnswer,
    201: fhirAnswer('The clinic is asked', 'Task', abortTask, [...versionHeaders, 'Location']),
  },
  problems: [...bodyProblems, ...changeProblems, 'bad-request', 'referral-closed'],
})

export const updateTaskSchema = documented({
  summary: 'Move the Task',
  description: taskRules,
  tag: 'task',
  params: { id: idParam },
  headers: { ...ifMatch, ...prefer },
  body: fhirBody('Task', { accepted: { ...task, status: 'accepted' } }),
  answers: { 200: taskAnswer },
  problems: taskProblems,
})

export const patchTaskSchema = documented({
  summary: 'Move the Task by a JSON Patch',
  description: `${taskRules} The body is a JSON Patch (RFC 6902), application/json-patch+json.`,
  tag: 'task',
  params: { id: idParam },
  headers: { ...ifMatch, ...prefer },
  body: {
    content: {
      'application/json-patch+json': {
        schema: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['op', 'path'],
            properties: {
              op: { type: 'string', enum: ['add', 'remove', 'replace', 'move', 'copy', 'test'] },
              path: { type: 'string' },
              from: { type: 'string' },
              value: {},
            },
          },
          'x-examples': { accept: { value: jsonPatch } },
        },
      },
    },
  },
  answers: { 200: taskAnswer },
  problems: [...taskProblems, 'bad-request'],
})
