/**
 * * What a provider declares of itself (docs/contract/PROFILE.md). Declared by a config or module,
 * completed by the probe.
 */

/**
 * How a helper of the provider is called: the role of each argument in order.
 * @example const redirect: HelperProfile = { id: 65_537, arguments: ['map', 'key', 'flags'] };
 */
export type HelperProfile = {
  id: number;
  arguments: ('map' | 'key' | 'destination' | 'size' | 'flags' | 'zero')[];
};

/**
 * One violation that a vendor accepts for a time.
 * @example
 * const waiver: Waiver = { id: 'LIFE-002', reason: 'fixed in 2.1', expires: '2027-01-31' };
 */
export type Waiver = {
  id: string;
  reason: string;
  /** Last day, as 2027-01-31. */
  expires?: string;
  /** The reading of the contract under which the same plan must not break the rule. */
  reading?: 'as-shipped' | 'detach-first';
  /** What it excuses, and nothing else: the key that the report prints, or its parts. */
  cause?: string | WaivedCause;
  /**
   * Why it is there: an erratum of the contract, a contingency until a fix ships, a triage that is
   * not done. One with a kind never excuses a crash or a hang.
   */
  kind?: WaiverKind;
  /** Where it is tracked: an https address. */
  issue?: string;
  /** Who answers for it. */
  owner?: string;
  /** Where it counts; elsewhere it is as if it were not there. */
  condition?: WaiverCondition;
};

export type WaiverKind = 'errata' | 'contingency' | 'triage';

/** All that is named must be so. */
export type WaiverCondition = {
  revision?: 'merged' | 'draft';
  /** The kind of subject. */
  subject?: 'in-process' | 'native' | 'recorded' | 'runtime' | 'header';
  /** How the runs that broke the rule treated the subject. */
  setting?: 'as-shipped-or-documented' | 'robustness';
};

/**
 * Parts of a cause; of those that are absent any will do, but for `kind`, which is then `violated`
 * or `warned`.
 */
export type WaivedCause = {
  kind?: 'violated' | 'warned' | 'crash' | 'hang';
  callback?: string;
  /**
   * The whole sentence after "expected:"; numbers in it and what stands in brackets at its end may
   * differ.
   */
  expected?: string;
};

/**
 * A profile as a vendor writes it: every member optional, absent ones are probed.
 * @example const profile: DeclaredProfile = { keySizes: [4], reclamation: 'epoch', maxMaps: 2 };
 */
export type DeclaredProfile = {
  keySizes?: number[];
  valueSizes?: number[];
  maxEntries?: { min?: number; max?: number };
  actualValueSize?: number | ((valueSize: number) => number);
  keys?: ((keySize: number, index: number) => Uint8Array) | 'below-max-entries';
  values?: (valueSize: number, index: number) => Uint8Array;
  invalidValues?: (Uint8Array | string)[];
  duplicatesAllowed?: boolean;
  valueRelation?: 'identity' | 'opaque' | ((value: Uint8Array) => Uint8Array);
  userLookup?: string;
  /** 'supported', or the result name that user updates answer: a map that users do not fill. */
  userUpdate?: string;
  deleteMayReject?: boolean;
  programTypes?: { accept: string[]; reject?: string[] };
  restartable?: boolean;
  reclamation?: 'immediate' | 'epoch' | 'deferred';
  maxMaps?: number;
  helpers?: HelperProfile[];
  /** C name of the map type, with or without BPF_MAP_TYPE_ (ENUM-005). */
  mapTypeName?: string;
  strictness?: 'document' | 'as-shipped' | 'fuzz';
  waivers?: Waiver[];
};

/**
 * The completed profile: functions turned into tables and names, so that it is data and travels
 * between processes and into reports. `source` says of each member whether it was declared, probed
 * or assumed.
 * @example const isDeclared = ({ source }: Profile): boolean => source['maxMaps'] === 'declared';
 */
export type Profile = {
  mapType: number;
  updatesOriginalValue: boolean;
  deleteStyle: 'preprocess' | 'postprocess' | 'none';
  hasFind: boolean;
  hasUpdate: boolean;
  tableSize: number;
  /** Accepted sizes, first one preferred. Empty when no combination was accepted. */
  keySizes: number[];
  valueSizes: number[];
  /** Accepted (key, value) pairs that the probe saw create accept; first one preferred. */
  accepted: { key: number; value: number; actual: number }[];
  maxEntries: { min: number; max: number };
  keysBelowMaxEntries: boolean;
  /**
   * How many keys at the beginning the provider was seen to refuse (CRE-021); plans use those
   * behind them.
   */
  keysRefused: number;
  /**
   * Where values that the provider accepts come from; any bytes, host handles and small numbers are
   * tried.
   */
  values: 'generated' | 'handles' | 'numbers' | 'module' | 'config' | 'none';
  invalidValues: string[];
  duplicatesAllowed: boolean | null;
  valueRelation: 'identity' | 'opaque' | 'function' | null;
  /**
   * Repeated lookups of two entries were seen to answer alike: what they show is some function of
   * the value.
   */
  steadyLookups?: true;
  /** 'supported', or the result name user lookups answer. */
  userLookup: string | null;
  /**
   * The result that every update by a user gets, where that is declared; null: updates are served.
   */
  userUpdate: string | null;
  deleteMayReject: boolean;
  /** Whether the set of program types is restricted; null when not known. */
  programTypes: { accept: string[]; reject: string[]; restricted: boolean } | null;
  restartable: boolean | null;
  reclamation: 'immediate' | 'epoch' | 'deferred';
  maxMaps: number | null;
  helpers: HelperProfile[];
  /** Whether a resource counter exists and behaved as one (+1 for an accepted insert). */
  countsResources: boolean;
  nullContext: boolean | null;
  /** Declared C name of the map type. */
  mapTypeName?: string | null;
  strictness: 'document' | 'as-shipped' | 'fuzz';
  source: Record<string, 'declared' | 'probed' | 'assumed' | 'registration'>;
};
