import t from 'tap'
import { generateKeys } from '../../src/auth/keys.ts'
import { secretBox } from '../../src/auth/secret-box.ts'

const keys = await generateKeys()
const box = secretBox(keys)

t.test('what is sealed is opened for what it belongs to, and for nothing else', async (t) => {
  const sealed = box.seal('Bearer s3cret', 'one')
  t.notMatch(sealed, /s3cret/)
  t.equal(box.open(sealed, 'one'), 'Bearer s3cret')
  t.equal(box.open(sealed, 'another'), undefined)
  t.not(sealed, box.seal('Bearer s3cret', 'one'), 'twice the same is not seen to be the same')
})

t.test('what was altered does not open', async (t) => {
  const [kid = '', iv = '', tag = '', text = ''] = box.seal('Bearer s3cret', 'one').split('.')
  const turned = (part: string) =>
    part.startsWith('A') ? `B${part.slice(1)}` : `A${part.slice(1)}`
  t.equal(box.open([kid, iv, tag, turned(text)].join('.'), 'one'), undefined)
  t.equal(box.open([kid, turned(iv), tag, text].join('.'), 'one'), undefined)
  t.equal(box.open([turned(kid), iv, tag, text].join('.'), 'one'), undefined)
})

t.test('a former key opens as long as it is in the set', async (t) => {
  const sealed = box.seal('Bearer s3cret', 'one')
  const next = JSON.parse(await generateKeys()) as { keys: object[] }
  const both = secretBox(
    JSON.stringify({ keys: [...next.keys, ...(JSON.parse(keys) as typeof next).keys] }),
  )
  t.ok(box.isCurrent(sealed))
  t.notOk(both.isCurrent(sealed))
  t.equal(both.open(sealed, 'one'), 'Bearer s3cret')
  t.equal(secretBox(JSON.stringify(next)).open(sealed, 'one'), undefined)
})

t.test('without a private key there is nothing to seal with', async (t) => {
  t.throws(() => secretBox('{"keys":[]}'), /no private key/)
})
