/** The words of links for practices: at the clinic that makes one, and where it is opened. */

export const enAnswerLink = {
  'referral.did.make-link': 'made a link for the practice',
  'referral.did.end-link': 'ended the link for the practice',
  'link.title': 'Link for the practice',
  'link.intro': (clinic: string) =>
    `For a practice that has no system connected to ${clinic}: it opens the link, gives the patient’s date of birth, and answers what is missing. The link opens once, and shows this referral and nothing else.`,
  'link.none': 'No link has been made yet.',
  'link.made': 'Made',
  'link.until': 'Works until',
  'link.opened': 'Opened',
  'link.notOpened': 'not yet',
  'link.state': 'State',
  'link.state.waiting': 'Not opened yet',
  'link.state.opened': 'Opened',
  'link.state.expired': 'Expired',
  'link.state.ended': 'Ended',
  'link.askedTag': 'The practice asks for a new link',
  'link.askedRow': 'New link wanted',
  'link.askedKept': 'What it has filled in is saved.',
  'link.toLink': 'Link for the practice',
  'link.make': 'Make a link',
  'link.makeNew': 'Make a new link',
  'link.makeNewHint': 'Either is a new link: the one before ends, and whoever is in by it is out.',
  'link.cover': 'Fax cover sheet with a code (PDF)',
  'link.coverHint': 'The cover sheet is a link for paper: it bears the address and a code to type.',
  'link.end': 'End the link',
  'link.ended': 'The link opens nothing any more.',
  'link.notWaiting': 'The referral does not wait for the practice, so no link can be made.',
  'link.once': 'Copy it now: it is shown this once, and kept nowhere.',
  'link.address': 'Link',
  'link.copy': 'Copy',
  'link.copied': 'Copied',
  'link.orCode': 'Or on paper',
  'link.codeAt': (address: string) => `Open ${address} and type`,
  'link.code': 'Code',
  'link.number': 'Referral number of the practice',
  'link.sayWhich':
    'Tell the practice which patient it is about, by a way that you trust: nothing in the link does.',
  'link.packet': 'Open the packet, to send it along',

  'cover.title': (clinic: string) => `${clinic} asks for more about a referral`,
  'cover.to': (practice: string) => `To: ${practice}`,
  'cover.steps': 'How to answer',
  'cover.step1': (address: string) => `1. Open ${address}`,
  'cover.step2': '2. Type this code:',
  'cover.step3':
    '3. Give your name and the patient’s date of birth, then answer the questions. What you fill in is saved.',
  'cover.until': (date: string) => `The code works until ${date}, and opens once.`,
  'cover.lost': 'When it does not open, ask for a new one on the same page.',
  'cover.packetBelow': 'The packet of the referral follows, if it was sent along.',

  'answer.toAnswer': 'You have a code or a link from a clinic? Answer here.',
  'answer.title': 'Answer a clinic',
  'answer.intro':
    'You have a letter or a fax with a code? Type it here. If you have a link, open the link instead.',
  'answer.code': 'Code',
  'answer.codeHint': 'Sixteen letters and digits, in four groups',
  'answer.codeWrong':
    'This is not a code as we print them. Compare it with the paper: one letter may be read for another.',
  'answer.go': 'Go on',
  'answer.ended': 'You have left the referral. What you filled in is saved.',
  'answer.idle':
    'You were signed out, because nothing was done for 15 minutes. What you filled in is saved.',
  'answer.asks': (clinic: string) => `${clinic} asks for more about a referral of yours`,
  'answer.once':
    'Say who you are, and begin. The link opens for you alone; after that it opens for nobody else.',
  'answer.again': (clinic: string) =>
    `You have opened this link before, in this browser. Go on with what ${clinic} asks for.`,
  'answer.name': 'Your name',
  'answer.nameHint': 'It stands with what you answer.',
  'answer.nameWrong': 'Give your first and last name, at most 80 characters.',
  'answer.role': 'What you do at the practice',
  'answer.roleChoose': 'Choose',
  'answer.roleWrong': 'Choose what you do at the practice.',
  'answer.role.physician': 'Physician or other clinician',
  'answer.role.nurse': 'Nurse',
  'answer.role.assistant': 'Medical assistant',
  'answer.role.office': 'Office',
  'answer.role.other': 'Something else',
  'answer.birthDate': 'The patient’s date of birth',
  'answer.birthDateHint':
    'Of the patient whom the clinic told you of. It keeps a link that went to the wrong place closed.',
  'answer.birthDateMissing': 'Give the patient’s date of birth.',
  'answer.birthDateWrong': (left: number) =>
    left === 0
      ? 'This is not the date of birth that we have. The link is closed now; ask for a new one.'
      : left === 1
        ? 'This is not the date of birth that we have. You can try once more.'
        : `This is not the date of birth that we have. You can try ${left} more times.`,
  'answer.open': 'Begin',
  'answer.dead': 'This link opens nothing',
  'answer.deadWhy':
    'It may have been opened before, be too old, or have been replaced by a newer one; or the address or the code is not complete.',
  'answer.deadKept': 'What was filled in before is saved, and is there when a new link is opened.',
  'answer.want': 'Ask for a new link',
  'answer.wanted': 'You have asked for a new link',
  'answer.wantedWhy':
    'If the link was one of ours, the clinic now sees that you need another one. It sends it the way that it sent the first; you can also call the clinic.',
  'answer.toCode': 'Type a code instead',
} as const
