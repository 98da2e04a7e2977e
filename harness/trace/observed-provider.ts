/** Providers that a plan lets come and go where a runtime is the subject. */

type HeaderChange = { version?: number; size?: number; total_size?: number };

/**
 * What an observing provider registers and how it answers. Absent members are as a right provider
 * has them.
 */
export type ObservedProvider = {
  map_type: number;
  base_map_type?: number;
  /** Changes to the headers; null: the structure is NULL. */
  data?: HeaderChange | null;
  properties?: HeaderChange | null;
  table?: HeaderChange | null;
  /** updates_original_value. */
  transforms?: boolean;
  /** Members that are NULL. */
  absent?: string[];
  delete?: 'postprocess' | 'preprocess' | 'both' | 'none';
  /** A function lies in the place of postprocess_map_delete_element behind a 72-byte table. */
  behind?: true;
  /** Answers by turns; the last one stays. */
  attach?: string[];
  create?: string[];
  associate?: string[];
  find?: string[];
  update?: string[];
  /** Answers of the deprecated delete to explicit deletes. */
  pre_delete?: string[];
  /** What it answers where it must not fail. */
  pre_delete_always?: string[];
  /** actual_value_size where it is not the value size. */
  actual?: number;
  /** Nothing is tried inside the callbacks. */
  silent?: true;
  /** What others do while its callback of this name runs for the first time. */
  during?: Meanwhile;
  /** An attach on a thread of theirs comes back when something else was called, or all is over. */
  late?: true;
};

/**
 * Operations beside one that runs: each on a thread of its own where a runtime has threads, one
 * after another from inside the callback where it has none.
 */
export type Meanwhile = {
  callback: 'ProviderAttachClient' | 'preprocess_map_create';
  operations: (
    | { op: 'register'; provider: number; as: ObservedProvider }
    | { op: 'deregister'; provider: number }
    | {
        op: 'create';
        map: number;
        map_type?: number;
        key_size?: number;
        value_size?: number;
        max_entries?: number;
      }
  )[];
};
