/** What a document is, what it is called, and what becomes of it. */

import t from 'tap'
import {
  cleanName,
  documentOf,
  documentTypes,
  typeOfDocument,
} from '../../../src/domain/answering/documents.ts'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import { isError } from '../../../src/domain/problem.ts'
import { samples } from '../../helpers/documents.ts'

t.test('the bytes tell what it is, and the type that is declared has to agree', async (t) => {
  for (const [type, bytes] of Object.entries(samples)) {
    t.equal(typeOfDocument(bytes, type), type)
    t.equal(typeOfDocument(bytes, 'application/octet-stream'), type, 'a browser that cannot tell')
    t.equal(typeOfDocument(bytes, `${type}; charset=utf-8`), type)
    for (const other of documentTypes.filter((each) => each !== type))
      t.equal(typeOfDocument(bytes, other), undefined, `${type} that says ${other}`)
    t.equal(typeOfDocument(bytes, 'text/html'), undefined)
    t.equal(typeOfDocument(bytes, 'image/svg+xml'), undefined)
  }
  t.equal(typeOfDocument(samples['image/jpeg'], 'image/jpg'), 'image/jpeg')
})

t.test('what is none of them is not taken, whatever it says of itself', async (t) => {
  const others: Readonly<Record<string, Uint8Array>> = {
    nothing: new Uint8Array(),
    program: Buffer.from('4d5a90000300000004000000ffff0000', 'hex'),
    zip: Buffer.from('504b0304140006000800', 'hex'),
    gif: Buffer.from('474946383961010001008000', 'hex'),
    'text with NUL': Buffer.from('a\0b'),
    'text that is not UTF-8': Buffer.from([0x61, 0xff, 0xfe, 0x62]),
    spaces: Buffer.from(' \n\t '),
    'a PDF behind something': Buffer.concat([Buffer.from([0]), samples['application/pdf']]),
  }
  for (const [what, bytes] of Object.entries(others))
    for (const type of [...documentTypes, 'application/octet-stream', ''])
      t.equal(typeOfDocument(bytes, type), undefined, `${what} as ${type}`)
})

t.test(
  'a name is a name: no path, nothing that turns it round, and the ending of what it is',
  async (t) => {
    const cases: readonly (readonly [string, string])[] = [
      ['MRI knee.pdf', 'MRI knee.pdf'],
      ['C:\\scans\\..\\report.PDF', 'report.pdf'],
      ['../../etc/passwd', 'passwd.pdf'],
      ['fdp.exe', 'fdp.exe.pdf'],
      ['invoice\u202Efdp.exe', 'invoicefdp.exe.pdf'],
      ['a\u0000b\r\nc.pdf', 'abc.pdf'],
      ['<img src=x onerror=alert(1)>.pdf', 'img src=x onerror=alert(1).pdf'],
      ['', 'document-3.pdf'],
      ['...', 'document-3.pdf'],
      ['.pdf', 'pdf.pdf'],
      ['Befund Müller.pdf', 'Befund Müller.pdf'],
      ['ממצאים.pdf', 'ממצאים.pdf'],
      [`${'x'.repeat(300)}.pdf`, `${'x'.repeat(100)}.pdf`],
      ['\ud800.pdf', '\ufffd.pdf'],
    ]
    for (const [given, name] of cases) t.equal(cleanName(given, 'application/pdf', 3), name)
    t.equal(cleanName('photo.jpeg', 'image/jpeg', 1), 'photo.jpg')
    t.equal(cleanName('fax.tiff', 'image/tiff', 1), 'fax.tif')
  },
)

t.test('in the referral it is a valid DocumentReference that says who added it', async (t) => {
  const validator = createReferralValidator()
  for (const [type, bytes] of Object.entries(samples)) {
    const resource = documentOf(
      { patientId: 'p-1' },
      {
        id: 'f-1',
        referralId: 'r-1',
        name: 'MRI knee.pdf',
        type: type as (typeof documentTypes)[number],
        size: bytes.length,
        savedAt: '2026-03-02T10:00:00.000Z',
        savedBy: { id: 'urn:referloop:answer-link|l-1', name: 'Dana Cole, nurse, through a link' },
        bytes,
      },
    )
    t.same(validator.validate(resource).filter(isError), [])
    const [content] = resource.content
    t.equal(content?.attachment.contentType, type)
    t.same(Buffer.from(content?.attachment.data ?? '', 'base64'), Buffer.from(bytes))
    t.match(resource.author, [{ display: 'Dana Cole, nurse, through a link' }])
  }
})
