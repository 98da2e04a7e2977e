/**
 * What a header says about map types, as plain data. Reading the C text is parse-header.ts; judging
 * is rules.ts.
 */

/** A place in a header, counted from 1 as editors and annotations do. */
export type Place = { readonly line: number; readonly column: number };

/**
 * One enumerator of `bpf_map_type`. `explicit` is false where C counts on from the entry before.
 */
export type MapTypeEntry = Place & {
  readonly name: string;
  readonly value: number;
  readonly explicit: boolean;
};

/**
 * One initialiser of a name array. `text` is the string it becomes; `joined` says that C glues
 * several into it.
 */
export type NameEntry = Place & {
  readonly text: string;
  readonly index: number;
  /** False for what is neither a string nor a name made into one, such as NULL. */
  readonly isText: boolean;
  readonly joined: boolean;
};

/** A name array; `length` is the number of elements that C gives it. */
export type NameArray = Place & {
  readonly name: string;
  readonly length: number;
  readonly entries: readonly NameEntry[];
};

/** A map type id that is defined somewhere else than in the enum. */
export type StrayId = Place & {
  readonly name: string;
  /** Null where it cannot be computed. */
  readonly value: number | null;
  readonly where: 'macro' | 'enum';
};

/**
 * Everything the registry's rules look at. `entries` has the order of the text and leaves
 * BPF_MAP_TYPE_MAX out.
 */
export type MapTypeEnum = Place & {
  readonly file: string;
  readonly entries: readonly MapTypeEntry[];
  readonly max?: MapTypeEntry;
  readonly nameArrays: readonly NameArray[];
  readonly strays: readonly StrayId[];
};

/** The prefix that map types carry in C. */
export const MAP_TYPE_PREFIX = 'BPF_MAP_TYPE_';

/** The enumerator that counts the types and is none itself. */
export const MAP_TYPE_MAX = 'BPF_MAP_TYPE_MAX';

/** The array of enumerator names, as `bpf2c` prints them. */
export const TYPE_NAMES_ARRAY = '_ebpf_map_type_names';

/** The array of names for people, as `netsh` and libbpf print them. */
export const DISPLAY_NAMES_ARRAY = '_ebpf_map_display_names';

/** The part of a map type's name that tells it from others: `XSKMAP` for `BPF_MAP_TYPE_XSKMAP`. */
export const shortName = (name: string): string =>
  name.startsWith(MAP_TYPE_PREFIX) ? name.slice(MAP_TYPE_PREFIX.length) : name;

/** The name of a map type as C spells it. */
export const fullName = (name: string): string =>
  name.startsWith(MAP_TYPE_PREFIX) ? name : MAP_TYPE_PREFIX + name;

/**
 * A header that cannot be judged. The message is one sentence for the person who named the file.
 */
export class HeaderError extends Error {
  override readonly name = 'HeaderError';
  readonly file: string;
  readonly place: Place | undefined;
  /** `nothing` when the file is readable C without the enum, so that there is nothing to judge. */
  readonly reason: 'unreadable' | 'nothing';

  constructor(file: string, says: string, options: { place?: Place; reason?: 'nothing' } = {}) {
    const { place } = options;
    super(
      `${visible(file)}${place === undefined ? '' : `:${place.line}:${place.column}`}: ${says}`,
    );
    this.file = file;
    this.place = place;
    this.reason = options.reason ?? 'unreadable';
  }
}

const shownLengthMax = 60;

/**
 * A header's words, safe to print: control, format and private characters become `\u{…}`, and long
 * words are cut. Headers come from pull requests of strangers, and terminals and CI logs act on
 * such characters.
 */
export function visible(text: string, lengthMax = Number.POSITIVE_INFINITY): string {
  const kept = text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
  return kept.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** A word of a header for a message: escaped and cut to a length that a line can hold. */
export const word = (text: string): string => visible(text, shownLengthMax);
