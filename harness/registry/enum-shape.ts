/**
 * ENUM-003: ids unique and dense, BPF_MAP_TYPE_MAX right, two complete name arrays in order; no
 * history, no providers.
 */
import { finding, label } from './finding.ts';
import type { Finding } from './finding.ts';
import { DISPLAY_NAMES_ARRAY, MAP_TYPE_MAX, TYPE_NAMES_ARRAY, shortName, word } from './header.ts';
import type { MapTypeEntry, MapTypeEnum, NameArray, NameEntry } from './header.ts';
import { linuxHint } from './linux-hint.ts';

/** Every deviation of one header from the shape that ENUM-003 asks for. */
export function judgeShape(header: MapTypeEnum): Finding[] {
  const ids = [...repeatedNames(header), ...repeatedIds(header), ...missingIds(header)];
  const order =
    ids.length === 0 ? [...header.entries].sort((a, b) => a.value - b.value) : header.entries;
  const names = [...new Set(order.map(({ name }) => name))];
  const displayNames = names.map((name) => shortName(name).toLowerCase());
  return [
    ...ids,
    ...judgeMax(header),
    ...judgeArray(header, TYPE_NAMES_ARRAY, names),
    ...judgeArray(header, DISPLAY_NAMES_ARRAY, displayNames),
  ];
}

const fail = (
  header: MapTypeEnum,
  at: { line: number; column: number },
  message: string,
): Finding => finding('ENUM-003', 'fail', header, at, message);

function repeatedNames(header: MapTypeEnum): Finding[] {
  return repeats(header.entries, ({ name }) => name).map(([first, entry]) =>
    fail(
      header,
      entry,
      `${word(entry.name)} is defined a second time; it is already on line ${first.line}.`,
    ),
  );
}

function repeatedIds(header: MapTypeEnum): Finding[] {
  return repeats(header.entries, ({ value }) => value).map(([first, entry]) => {
    const says = `${label(entry)} repeats the id of ${word(first.name)} on line ${first.line}.`;
    return fail(
      header,
      entry,
      `${says} Give it an id of its own.${linuxHint(entry.name, entry.value)}`,
    );
  });
}

function missingIds(header: MapTypeEnum): Finding[] {
  const findings: Finding[] = [];
  let expected = 0;
  for (const entry of [...header.entries].sort((a, b) => a.value - b.value)) {
    if (entry.value < 0) {
      findings.push(fail(header, entry, `${label(entry)} is negative; ids count up from 0.`));
      continue;
    }
    if (entry.value > expected) {
      const missing =
        entry.value === expected + 1
          ? `id ${expected} is`
          : `ids ${expected} to ${entry.value - 1} are`;
      const says = `${label(entry)} leaves a gap: ${missing} missing. Ids are dense from 0.`;
      findings.push(fail(header, entry, `${says}${linuxHint(entry.name, entry.value)}`));
    }
    expected = entry.value + 1;
  }
  return findings;
}

function judgeMax(header: MapTypeEnum): Finding[] {
  const { max, entries } = header;
  if (max === undefined)
    return [fail(header, header, `${MAP_TYPE_MAX} is missing; the enum ends with it.`)];
  const last = entries.reduce<MapTypeEntry | undefined>(
    (highest, entry) => (highest === undefined || entry.value > highest.value ? entry : highest),
    undefined,
  );
  const expected = (last?.value ?? -1) + 1;
  if (last === undefined || max.value === expected) return [];
  const says = `${MAP_TYPE_MAX} is ${max.value}, but the last id is ${label(last)}, so it must be ${expected}.`;
  const isAfter = last.line > max.line || (last.line === max.line && last.column > max.column);
  return [fail(header, max, isAfter ? `${says} Put ${word(last.name)} before it.` : says)];
}

function judgeArray(header: MapTypeEnum, name: string, expected: readonly string[]): Finding[] {
  const [array, second] = header.nameArrays.filter((candidate) => candidate.name === name);
  if (array === undefined)
    return [fail(header, header, `The array ${name} is missing from this header.`)];
  if (second !== undefined)
    return [
      fail(
        header,
        second,
        `${name} is defined a second time; it is already on line ${array.line}.`,
      ),
    ];
  const joined = array.entries.filter((entry) => entry.joined);
  if (joined.length > 0) {
    return joined.map((entry) =>
      fail(
        header,
        entry,
        `Without a comma, C joins two strings of ${name} into one: "${word(entry.text)}".`,
      ),
    );
  }
  const { unusual, names } = unusualNames(header, array, expected);
  const content = wrongContent(header, array, names);
  if (content.length > 0) return [...unusual, ...content];
  return [...unusual, ...wrongOrder(header, array, names), ...wrongLength(header, array, names)];
}

/**
 * A display name that is just spelled in another way than its type takes the type's place, with a
 * warning: the contract asks for one name per type in order, and that it is the type's name in
 * lower case is only the custom of all that exist.
 */
function unusualNames(header: MapTypeEnum, array: NameArray, expected: readonly string[]) {
  const names = [...expected];
  const unusual: Finding[] = [];
  if (array.name !== DISPLAY_NAMES_ARRAY) return { unusual, names };
  const known = new Set(expected);
  const present = new Set(array.entries.map(({ text }) => text));
  for (const entry of array.entries) {
    const usual = expected[entry.index];
    if (!entry.isText || usual === undefined || known.has(entry.text) || present.has(usual))
      continue;
    names[entry.index] = entry.text;
    const says = `Entry ${entry.index} of ${array.name} is "${word(entry.text)}"; by custom it is "${word(usual)}".`;
    unusual.push(finding('ENUM-003', 'warn', header, entry, says));
  }
  return { unusual, names };
}

function wrongContent(header: MapTypeEnum, array: NameArray, names: readonly string[]): Finding[] {
  const known = new Set(names);
  const present = new Set(array.entries.map(({ text }) => text));
  const isOfMax = ({ text }: NameEntry) =>
    text === MAP_TYPE_MAX || text === shortName(MAP_TYPE_MAX).toLowerCase();
  return [
    ...names
      .filter((name) => !present.has(name))
      .map((name) => fail(header, array, `${array.name} has no entry for ${word(name)}.`)),
    ...array.entries
      .filter(({ text }) => !known.has(text))
      .map((entry) => {
        const why = isOfMax(entry)
          ? 'BPF_MAP_TYPE_MAX is no map type'
          : 'no map type has this name';
        return fail(
          header,
          entry,
          `Entry ${entry.index} of ${array.name} is "${word(entry.text)}", but ${why}.`,
        );
      }),
    ...repeats(
      array.entries.filter(({ text }) => known.has(text)),
      ({ text }) => text,
    ).map(([first, entry]) =>
      fail(
        header,
        entry,
        `${array.name} has "${word(entry.text)}" twice; it is already on line ${first.line}.`,
      ),
    ),
  ];
}

// Only the first: one entry in the wrong place moves all that follow.
function wrongOrder(header: MapTypeEnum, array: NameArray, names: readonly string[]): Finding[] {
  const entry = array.entries.find(({ text, index }) => names[index] !== text);
  if (entry === undefined) return [];
  const right = names[entry.index];
  const says = `Entry ${entry.index} of ${array.name} is "${word(entry.text)}"`;
  const belongs = right === undefined ? 'no id reaches so far' : `"${word(right)}" belongs there`;
  return [fail(header, entry, `${says}, but ${belongs}: the order is that of the ids.`)];
}

function wrongLength(header: MapTypeEnum, array: NameArray, names: readonly string[]): Finding[] {
  if (array.length === names.length) return [];
  const says = `${array.name} is declared with ${array.length} elements, but there are ${names.length} map types.`;
  return [fail(header, array, `${says} Leave the size out, or make it ${MAP_TYPE_MAX}.`)];
}

function repeats<T>(items: readonly T[], keyOf: (item: T) => unknown): [first: T, again: T][] {
  const firsts = new Map<unknown, T>();
  return items.flatMap((item): [T, T][] => {
    const first = firsts.get(keyOf(item));
    if (first !== undefined) return [[first, item]];
    firsts.set(keyOf(item), item);
    return [];
  });
}
