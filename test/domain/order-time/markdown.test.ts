import t from 'tap'
import { escaped, plain, shortened } from '../../../src/domain/order-time/markdown.ts'

t.test('what would be markup, a link or HTML is a text', async (t) => {
  for (const [text, safe] of [
    ['a *b* _c_ ~d~ `e`', 'a \\*b\\* \\_c\\_ \\~d\\~ \\`e\\`'],
    ['[x](https://e.example)', '\\[x\\](https\\://e.example)'],
    ['![x](y)', '!\\[x\\](y)'],
    ['<b>&amp;</b>', '&lt;b&gt;&amp;amp;&lt;/b&gt;'],
    ['a | b \\ c', 'a \\| b \\\\ c'],
    ['www.e.example WWW.e.example', 'www\\.e.example WWW\\.e.example'],
    ['me@e.example mailto:me xmpp:me', 'me\\@e.example mailto\\:me xmpp\\:me'],
    ['one\n\n# two\r\n- three', 'one # two - three'],
    ['pain 8 to 7; 60 MME/day (90 days)', 'pain 8 to 7; 60 MME/day (90 days)'],
  ] as const)
    t.equal(escaped(text), safe)
})

t.test('controls and marks of direction are not shown', async (t) => {
  t.equal(plain('a\u0000b\u202ec\u200bd\u2066e\ufeff'), 'a b c d e')
})

t.test('a text is cut at whole characters, below the length', async (t) => {
  t.equal(shortened('abc', 4), 'abc')
  t.equal(shortened('abcd', 4), 'ab…')
  t.equal(shortened('🏥🏥🏥🏥', 4), '🏥🏥…')
})
