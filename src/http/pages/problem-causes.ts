/** What happened when a problem is reported: the half of docs/errors.md that `problems` does not say. */

import type { ProblemCode } from '../../domain/problem.ts'

export const problemCauses: Readonly<Record<ProblemCode, string>> = {
  'not-json':
    'The body could not be read as JSON: a syntax error, bytes that are not UTF-8, a byte order mark, a name that stands twice in one object, the name `__proto__`, or a NUL character. The message names line and column.',
  'json-limit':
    'The body is JSON, but deeper than 64 levels, or has more than 200,000 values, more than 10,000 items in one array or object, or a number of more than 1,000 characters.',
  'not-fhir': 'The body has no `resourceType` that FHIR R4 knows.',
  'invalid-resource':
    'The body breaks FHIR R4 or one of our profiles. There is an issue for each fault, with the element in `expression`.',
  'bad-parameter':
    'A parameter of the query, a header or an operation is unknown, malformed or not supported. With `Prefer: handling=lenient` a search leaves out parameters that it does not know.',
  'bad-request': 'The request itself is malformed, or its body does not belong to the address.',
  'missing-token': 'The address needs an access token and the request had none.',
  'invalid-token':
    'The access token is expired, was made for another server, or its client is disabled.',
  'not-signed-in':
    'The page is for people who are signed in, and nobody is: the session has ended, by signing out, after 15 minutes without a sign of you, or after 12 hours.',
  'sign-in-refused':
    'What came back from the EHR does not prove who you are, or not well enough: the attempt was used before, is too old, was begun in another browser, or the EHR vouches for nobody of its staff.',
  'foreign-form': 'A form was sent that no page of this service made for you in this session.',
  forbidden:
    'The access token is good, but its scopes do not cover this interaction with this resource type.',
  'not-found':
    'There is nothing at this address that you may see. What belongs to another organisation is answered the same way as what does not exist.',
  'method-not-allowed':
    'The address exists, but not for this method. The header Allow lists those it has.',
  'not-acceptable':
    'The header Accept, or `_format`, admits no form that this service can answer in.',
  'referral-differs':
    'You have submitted a referral with this business identifier before, and its content was different.',
  'referral-duplicate':
    'The same patient, by an identifier, has an open referral to the same clinic for the same service (a code in common) from you, under another identifier. The message and the header `Link` with `rel="related"` name it. Referrals of other practices do not count, and are not told of.',
  'request-timeout': 'The request was not complete in time; the connection was closed.',
  conflict:
    'Somebody else changed the same thing at the same moment, or the change does not fit what is there.',
  gone: 'There was a resource at this address, and it was deleted.',
  'version-conflict': 'The resource has changed since the version that If-Match names.',
  'multiple-matches': 'A conditional interaction found more than one resource.',
  'prefetch-missing':
    'A CDS service was called about a referral, and no query of its prefetch was answered. With some of them it would have checked on what there is.',
  'too-large': 'The body is larger than this address takes: 10 MiB for FHIR, 64 KiB for a search.',
  'uri-too-long': 'The address is longer than 8 KiB.',
  'unsupported-media-type':
    'The Content-Type is not one that this address takes, the body is compressed, not in UTF-8, or of another FHIR version.',
  'referral-invalid': 'The body is valid FHIR, but not a referral as our profile asks for it.',
  'unknown-clinic': 'No clinic of this service could be found from ServiceRequest.performer.',
  'no-referral':
    'There is no active ServiceRequest for a clinic in the body, or what was sent cannot hold one.',
  'many-referrals': 'There is more than one active ServiceRequest for a clinic in the body.',
  'unresolved-reference':
    'A reference leads neither to a resource in the body nor to one of yours that is here.',
  'referral-closed':
    'The referral is completed, rejected, cancelled or failed; nothing can be added to it.',
  'nothing-to-answer':
    'A link for the practice is made while the referral waits for its referrer, and it does not.',
  'illegal-transition': 'The Task cannot move from its status to the one that was asked for.',
  'not-yours-to-change':
    'You can see the resource, but another organisation owns what you tried to change.',
  'hook-not-served':
    'The member `hook` of a CDS call names another hook than those of this service.',
  'patient-differs':
    'A draft order for one of the clinics is about another patient than the context of the call.',
  'not-supported': 'FHIR has this, and this service does not.',
  'subscription-refused':
    'A Subscription asks for something that this service does not do. There is an issue for each, with the element in `expression`; nothing is accepted by halves.',
  'endpoint-refused':
    'The endpoint of a Subscription is not https, or leads to a private address or to none, so it is not called.',
  'policy-invalid': 'A policy (PlanDefinition, ValueSets, parameters) cannot be used as it is.',
  'precondition-required':
    'A change needs If-Match with the ETag of the version that it is based on.',
  'too-many-requests': 'Your client, or your address, has sent more requests than it may.',
  'headers-too-large': 'The headers are larger than 16 KiB together.',
  'internal-error':
    'A fault of this service. It has been logged under the X-Request-Id of the answer.',
  unavailable: 'The service cannot do its work for the moment; nothing was stored.',
}
