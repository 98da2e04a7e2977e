/** What the structures of a registration hold, with words for what could not be read. */

/**
 * What a registration said of itself, as read from its structures. Absent = could not be read
 * (NULL).
 * @example const typeOf = ({ data }: RegistrationFacts): number | null => data?.map_type ?? null;
 */
export type RegistrationFacts = {
  Version: number | null;
  Length: number | null;
  ProviderAttachClient: boolean;
  ProviderDetachClient: boolean;
  ProviderCleanupBindingContext: boolean;
  instance: { Version: number | null; Size: number | null; Number: number | null } | null;
  NpiId: string | null;
  ModuleId: { Length: number | null; Type: number | null; Guid: string | null } | null;
  data: ProviderDataFacts | null;
  /**
   * Native: which of the distinct values seen at each pointer it holds (`name@1`), so that a swap
   * shows (REG-003).
   */
  pointers?: Record<string, string>;
  /** Why something could not be read, in one sentence; null when all could. */
  unreadable: string | null;
};

export type HeaderFacts = { version: number; size: number; total_size: number };

/**
 * The same of ebpf_map_provider_data_t.
 * @example const sizeOf = ({ header }: ProviderDataFacts): number => header?.size ?? 0;
 */
export type ProviderDataFacts = {
  header: HeaderFacts | null;
  map_type: number | null;
  base_map_type: number | null;
  base_properties: { header: HeaderFacts | null; updates_original_value: boolean } | null;
  /** Names of the members that are not NULL, as far as the memory says (beyond header.size too). */
  base_provider_table: {
    header: HeaderFacts | null;
    members: string[];
    /**
     * Which function each member is, numbered in order of appearance; absent where the adapter
     * cannot tell.
     */
    functions?: Record<string, number>;
    /** Parameters that members declare beyond those of the contract (TypeScript). */
    surplus?: string[];
    /** Members of the version-2 proposal that are set (ABI-016). */
    proposed?: string[];
  } | null;
};
