/**
 * What an operation on a modelled map must come to: its callbacks, its result, and what is held
 * after it.
 */

/** One map as the model knows it. */
export type ModelledMap = {
  members: ReadonlySet<string>;
  transforms: boolean;
  key_size: number;
  value_size: number;
  max_entries: number;
  /** Stored bytes by key, as hex. */
  entries: Map<string, string>;
  /** False after a difference. */
  isKnown: boolean;
};

/** A callback that was made, and what it answered. */
export type Answered = {
  callback: string;
  value: string | null;
  result: string | null;
  out: string | null;
};

/** A callback that is due; `value` null: any. `rule` is broken when it is missing or another. */
export type DueCall = {
  callback: string;
  key: string;
  value: string | null;
  rule: string;
  why: string;
};

export type Expectation = {
  /** The situation, in words. */
  words: string;
  calls: DueCall[];
  /** Rule that further callbacks break. */
  more: string;
  /** Nothing is known of the callbacks. */
  anyCalls?: boolean;
  /** EBPF_SUCCESS, a failure (its code is a matter of other rules), or `any`. */
  result: string;
  /** Rule that another result breaks. */
  rule: string;
  /** What the map holds after it. */
  commit: () => void;
};

/**
 * The document, or the runtime as shipped, where that differs in what operations come to (C-06,
 * C-11).
 */
export type Reading = 'as-documented' | 'as-shipped';

export const UPDATE = 'preprocess_map_update_element';
export const DELETES = ['preprocess_map_delete_element', 'postprocess_map_delete_element'] as const;
export const success = 'EBPF_SUCCESS';
/** Holds what was held. */
export const nothing = (): void => undefined;

/** The delete callback that a provider offers, the older one first. */
export const deleterOf = ({ members }: ModelledMap): string | null =>
  DELETES.find((name) => members.has(name)) ?? null;
