/** A search as the store is asked for it: what domain/fhir/search.ts makes and storage/ answers. */

/** AND over the outer list, OR within; every string is a search token. */
export interface SearchQuery {
  readonly tokens: readonly (readonly string[])[]
  readonly ids?: readonly string[]
  readonly lastUpdated?: readonly {
    readonly op: 'ge' | 'gt' | 'le' | 'lt'
    readonly instant: string
  }[]
  readonly order: 'ascending' | 'descending'
  readonly count: number
  /** Continue after this position. */
  readonly after?: { readonly lastUpdated: string; readonly id: string }
}
