/** The part of the UCUM library that we use; it ships without types. */
declare module '@lhncbc/ucum-lhc' {
  interface Conversion {
    readonly status: 'succeeded' | 'failed' | 'error'
    readonly toVal: number | null
  }
  interface Utils {
    convertUnitTo(from: string, value: number, to: string): Conversion
  }
  const ucum: { readonly UcumLhcUtils: { getInstance(): Utils } }
  export default ucum
}
