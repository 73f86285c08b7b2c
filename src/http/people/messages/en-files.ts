/** The words of documents that are added to an answer. */

export const enFiles = {
  'files.title': 'Documents for the clinic',
  'files.intro':
    'Add what the clinic should see: letters, findings, lists. They are kept here, and go to the clinic when you send your answers.',
  'files.none': 'No document has been added yet.',
  'files.notAsked': 'The clinic asks for nothing at the moment, so no document can be sent to it.',
  'files.choose': 'Choose documents',
  'files.hint': (each: string, count: number, all: string) =>
    `PDF, PNG, JPEG, TIFF or plain text; each at most ${each}, at most ${count} documents, ${all} altogether.`,
  'files.add': 'Add',
  'files.remove': 'Remove',
  'files.back': 'Back to the answers',
  'files.toAnswer': 'Go on with the answers',
  'files.fromForm': 'Save and add documents',
  'files.count': (count: number) =>
    count === 1 ? '1 document goes with the answers.' : `${count} documents go with the answers.`,
  'files.notTaken': 'Nothing was added',
  'files.noneChosen': 'Choose at least one document.',
  'files.tooMany': (count: number, all: string) =>
    `That is more than can be taken: at most ${count} documents, ${all} altogether.`,
  'files.fault.empty': (name: string) => `${name} is empty.`,
  'files.fault.too-large': (name: string, most: string) =>
    `${name} is larger than ${most}. Send fewer pages at once, or scan in grey.`,
  'files.fault.wrong-type': (name: string) =>
    `${name} is not a PDF, PNG, JPEG, TIFF or plain text, or not what its name says.`,
} as const
