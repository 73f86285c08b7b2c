/** What docs/security.md says of each number besides the tests that bear it in their titles. */

interface Requirement {
  /** What is asked for, in a few words. */
  readonly about: string
  /** What is not there, or why it does not apply. */
  readonly missing?: string
}

export const requirements: Readonly<Record<string, Requirement>> = {
  'BS-01': { about: 'RS384 assertions' },
  'BS-02': { about: 'ES384 assertions' },
  'BS-03': { about: 'algorithms by allow-list, agreeing with the key' },
  'BS-04': { about: 'typ and kid; two keys of one kid' },
  'BS-05': { about: 'crit, b64, jwk, x5u, x5c in the header' },
  'BS-06': { about: 'a jku that is not the registered address' },
  'BS-07': { about: 'a jku that is' },
  'BS-08': { about: 'iss, sub and client_id agree' },
  'BS-09': { about: 'aud is ours, as one string' },
  'BS-10': { about: 'exp, iat and nbf with their tolerance' },
  'BS-11': { about: 'jti is there, and no longer than 256 characters' },
  'BS-12': { about: 'replay: in parallel, across instances and restarts' },
  'BS-13': { about: 'the same jti of another client' },
  'BS-14': { about: 'a jti is spent only after the signature was checked' },
  'BS-15': { about: 'the form of the token request' },
  'BS-16': { about: 'no enumeration of clients' },
  'BS-20': { about: 'registration by address and inline' },
  'BS-21': { about: 'the cache obeys Cache-Control' },
  'BS-22': { about: 'rotation without waiting, and without a flood of fetches' },
  'BS-23': { about: 'removed keys, and key hosts that are down' },
  'BS-24': { about: 'slow, endless or hostile key sets' },
  'BS-25': { about: 'malformed keys are skipped' },
  'BS-30': { about: 'the answer: five minutes, not cached' },
  'BS-31': { about: 'granted scope is requested and registered scope' },
  'BS-32': {
    about: 'scope on every entry, include, chain and operation',
  },
  'BS-33': { about: 'checks of the access token' },
  'BS-34': { about: 'revocation' },
  'BS-35': {
    about: 'sender-constrained tokens',
    missing:
      'optional in SMART and not offered: tokens are bearer tokens of five minutes; tested is that no proof is advertised or taken',
  },
  'BS-36': { about: 'rate limits of the token endpoint' },
  'WK-01': { about: 'discovery answers everybody' },
  'WK-02': { about: 'what discovery holds' },
  'WK-03': { about: 'what is advertised works, and nothing else' },
  'WK-04': { about: 'tokens carry their tenant, discovery tells of none' },
  'AL-01': { about: 'a launch by a registered issuer only, before anything is fetched' },
  'AL-02': { about: 'PKCE, and a state that is used once, by the browser that began' },
  'AL-03': { about: 'aud is the FHIR base of the EHR' },
  'AL-04': { about: 'the issuer of the answer (RFC 9207)' },
  'AL-05': { about: 'checks of the ID token, and whom it may be about' },
  'AL-06': {
    about: 'sessions, forms and headers of the pages',
    missing:
      'pages are framed by nobody: an EHR opens them in a window of their own, not within its own page',
  },
  'AL-07': { about: 'acr and amr that an organisation asks for' },
  'AL-08': { about: 'what referrers wrote runs nowhere: each place of a page' },
  'AL-09': {
    about: 'tokens of the EHR never reach the browser',
    missing:
      'they are used once, for a name, and kept nowhere; refresh tokens are not asked for, so there is no rotation to check',
  },
  OW1: {
    about: 'object level: the tenant matrix, and the second wall in PostgreSQL',
    missing:
      'the column operator of the matrix is /metrics and /health: no token is an operator’s, so there is no role to ask with',
  },
  OW2: {
    about: 'authentication',
    missing: 'for assertions and tokens see BS; there are no activation codes or default secrets',
  },
  OW3: {
    about: 'property level: fields that the service owns',
  },
  OW4: {
    about: 'resource use: rate, concurrency and bytes of each client',
    missing:
      'counted in each process; bodies of many MiB still hold up others while they are parsed',
  },
  OW5: {
    about: 'function level: methods and overrides',
    missing:
      'operators have no role at the API: they have the command line and /metrics; /health is to be kept inside by the proxy',
  },
  OW6: { about: 'floods by one client are told, not dropped' },
  OW7: {
    about: 'SSRF: every source of an address, every form of it',
  },
  OW8: {
    about: 'headers, errors without detail',
    missing: 'TLS ends at the proxy in front',
  },
  OW9: {
    about: 'the inventory of the API is made from its routes',
  },
  OW10: {
    about: 'answers of EHRs are not trusted',
  },
  'HT-01': {
    about: 'limits of addresses, headers, bodies and JSON',
  },
  'HT-02': { about: 'slow and dripping clients' },
  'HT-03': { about: 'prototype pollution' },
  'HT-04': { about: 'regular expressions on hostile text' },
  'HT-05': { about: 'SQL takes values as parameters only' },
  'HT-06': {
    about: 'XML',
    missing: 'XML is not taken at all',
  },
  'HT-07': {
    about: 'request smuggling',
    missing: 'the pair with a proxy in front is not tested',
  },
  'HT-08': {
    about: 'attachments',
    missing:
      'kept as base64 within the resource and never served as files; hash, size and malware are not checked',
  },
  'HT-09': { about: 'log injection' },
  'AU-01': { about: 'AuditEvents after IHE BALP' },
  'AU-02': { about: 'searches in the trail' },
  'AU-03': { about: 'the token is recorded by its id' },
  'AU-04': { about: 'disclosures to a clinic’s EHR' },
  'AU-05': { about: 'decisions on consent' },
  'AU-06': { about: 'failures' },
  'AU-07': { about: 'log-ins, settings, starts and stops' },
  'AU-08': { about: 'completeness' },
  'AU-09': { about: 'tampering is seen' },
  'AU-10': {
    about: 'a feed to an external repository',
    missing: 'nothing is sent to a repository; one can fetch the trail over FHIR, which is tested',
  },
  'AU-11': { about: 'Provenance' },
  'AU-12': { about: 'canaries in every output' },
  'P2-01': { about: 'substance-use information is recognised and labelled' },
  'P2-02': { about: 'labels of wrappers' },
  'P2-03': { about: 'labels are never lost' },
  'P2-04': { about: 'release by consent' },
  'P2-05': { about: 'the notice goes along' },
  'P2-06': { about: 'settings with their legal basis' },
  'P2-07': { about: 'no use in proceedings' },
  'P2-08': { about: 'counselling notes' },
  'P2-09': { about: 'search is no oracle' },
  'P2-10': { about: 'notifications and names' },
}
