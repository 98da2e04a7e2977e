/**
 * `--type`: is what a provider registers in the enum? These findings carry the provider's rules,
 * not the registry's.
 */
import { finding, label, nextFreeId } from './finding.ts';
import type { Finding, RegistryInput, TypeClaim } from './finding.ts';
import { MAP_TYPE_MAX, fullName, shortName, word } from './header.ts';
import type { MapTypeEntry, MapTypeEnum } from './header.ts';
import { linuxHint } from './linux-hint.ts';
import { draftExtensionIdMin, isNative, linuxName } from './snapshot.ts';

const idMax = 2 ** 32 - 1;

/** Reads `NAME=ID`, `NAME` or `ID`; undefined where it is none of them. */
export function readClaim(text: string): TypeClaim | undefined {
  const [, name, id] =
    /^(?:([A-Za-z_]\w{0,200})(?:=|$))?(0[xX][0-9a-fA-F]{1,8}|[1-9]\d{0,9}|0)?$/.exec(text) ?? [];
  if (text === '' || text.endsWith('=') || (name === undefined && id === undefined))
    return undefined;
  const value = id === undefined ? null : Number(id);
  return value !== null && value > idMax
    ? undefined
    : { name: name === undefined ? null : fullName(name), id: value };
}

/** What ENUM-002, ENUM-005, ENUM-007 and ENUM-008 say about the provider's type. */
export function judgeClaim(claim: TypeClaim, input: RegistryInput): Finding[] {
  const { header, revision } = input;
  const named = header.entries.find(({ name }) => name === claim.name);
  const holder = header.entries.find(({ value }) => value === claim.id);
  if (named !== undefined && claim.id !== null && named.value !== claim.id) {
    const says = `${word(named.name)} is ${named.value} in this header, not ${claim.id}; take the id from it.`;
    return [
      finding('ENUM-005', 'fail', header, named, `${says}${linuxHint(named.name, claim.id)}`),
    ];
  }
  const entry = named ?? (claim.name === null ? holder : undefined);
  return revision === 'merged'
    ? merged(claim, header, entry, holder)
    : draft(claim, header, entry, holder);
}

function merged(
  claim: TypeClaim,
  header: MapTypeEnum,
  entry?: MapTypeEntry,
  holder?: MapTypeEntry,
): Finding[] {
  const fail = (at: MapTypeEntry | MapTypeEnum, says: string) => [
    finding('ENUM-002', 'fail', header, at, says),
  ];
  if (entry !== undefined) {
    if (!isNative(entry.name)) return [];
    return fail(
      entry,
      `${label(entry)} belongs to eBPFCore itself, which asks no provider for it; register a type of your own.`,
    );
  }
  if (claim.name === MAP_TYPE_MAX)
    return fail(header.max ?? header, `${MAP_TYPE_MAX} counts the map types and is none.`);
  const hint = portingHint(claim, header);
  if (holder !== undefined) {
    return fail(
      holder,
      `${described(claim)} is not registered: id ${claim.id} is ${word(holder.name)}.${hint}`,
    );
  }
  const next = `Add it to bpf_map_type by pull request; the next free id is ${nextFreeId([header])}.`;
  return fail(
    header.max ?? header,
    `${described(claim)} is not registered in this header. ${next}${hint}`,
  );
}

function draft(
  claim: TypeClaim,
  header: MapTypeEnum,
  entry?: MapTypeEntry,
  holder?: MapTypeEntry,
): Finding[] {
  const id = claim.id ?? entry?.value ?? null;
  const findings: Finding[] = [];
  const at = entry ?? holder ?? header.max ?? header;
  if (id !== null && id < draftExtensionIdMin) {
    const says = `${described(claim)} lies in the core's range 1 to ${draftExtensionIdMin - 1}.`;
    findings.push(
      finding(
        'ENUM-007',
        'fail',
        header,
        at,
        `${says} An extension takes ${draftExtensionIdMin} or above.`,
      ),
    );
  }
  if (entry === undefined && holder !== undefined) {
    const says = `${described(claim)} reuses an id: ${id} is ${word(holder.name)} in this header.`;
    findings.push(finding('ENUM-004', 'warn', header, holder, says));
  } else if (entry === undefined) {
    const says = `${described(claim)} is not registered, which the draft allows; it recommends it against collisions.`;
    findings.push(finding('ENUM-008', 'info', header, at, says));
  }
  return findings;
}

const described = ({ name, id }: TypeClaim): string => {
  if (name === null) return `Id ${id}`;
  return id === null ? word(name) : `${word(name)} = ${id}`;
};

function portingHint({ name, id }: TypeClaim, header: MapTypeEnum): string {
  if (id === null) return '';
  if (name !== null) return linuxHint(name, id);
  const linux = linuxName(id);
  const here = header.entries.find((entry) => shortName(entry.name) === linux);
  return linux === undefined || here === undefined
    ? ''
    : ` Linux uses ${id} for ${linux}; here it is ${here.value}.`;
}
