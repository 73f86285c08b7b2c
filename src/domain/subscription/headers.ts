/** Subscription.channel.header: sent with each notification, and shown to nobody. */

/** Name as it was written, and value. */
export type Header = readonly [name: string, value: string]

/** Stands where a value was. A client that sends it back leaves the value as it is. */
const redacted = '[redacted]'

export function readHeader(text: string): Header | undefined {
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : [text.slice(0, colon).trim(), text.slice(colon + 1).trim()]
}

export const headerText = ([name, value]: Header): string => `${name}: ${value}`

export const redactedText = ([name]: Header): string => headerText([name, redacted])

/** What the message itself, the connection or the service decides. */
const own =
  /^(host|content-.*|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|proxy-.*|accept-encoding|cookie|forwarded|x-forwarded-.*|webhook-(id|timestamp))$/i

const longestHeader = 4_096

/** @returns what is wrong with it, in a sentence */
export function faultOfHeader(header: Header | undefined): string | undefined {
  if (!header) return 'A header is its name, a colon and its value.'
  const [name, value] = header
  // https://www.rfc-editor.org/rfc/rfc9110#section-5.1
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/.test(name)) return 'This is no name of a header.'
  if (own.test(name)) return 'This header is set by the service itself.'
  if (value.length > longestHeader || !/^[\x20-\x7e]*$/.test(value))
    return `The value of a header has at most ${longestHeader} visible characters.`
  return undefined
}

/** The headers that are asked for; where a value is redacted, the one that is there. */
export const keptValues = (asked: readonly Header[], there: readonly Header[]): readonly Header[] =>
  asked.map((header) => {
    const [name, value] = header
    if (value !== redacted) return header
    return there.find((one) => one[0].toLowerCase() === name.toLowerCase()) ?? header
  })
