/**
 * The rule list, loaded once. requirements.json is the data; what a row means is requirement.ts.
 *
 * Read with fs and not imported: Node 20 prints a warning for every imported JSON module.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CatalogueRow, RequirementId } from './requirement.ts';

export { isMust, kindOf } from './requirement.ts';

type CatalogueFile = {
  readonly meta: { readonly title: string; readonly spec_commit: string };
  readonly requirements: readonly CatalogueRow[];
};

const file = JSON.parse(
  readFileSync(new URL('./requirements.json', import.meta.url), 'utf8'),
) as CatalogueFile;

/** Every rule, in the order of the list. */
export const CATALOGUE: readonly CatalogueRow[] = file.requirements;

/** The commit of ebpf-for-windows that the rules were drawn from. */
export const SPEC_COMMIT: string = file.meta.spec_commit;

const rowsById: ReadonlyMap<RequirementId, CatalogueRow> = new Map(
  CATALOGUE.map((row) => [row.id, row]),
);

/** Whether the text is the id of a rule. */
export const isRequirementId = (id: string): id is RequirementId => rowsById.has(id);

/**
 * The rule with this id. Throws on an id that is none: check user input with isRequirementId first.
 */
export const catalogueRow = (id: RequirementId): CatalogueRow => {
  const row = rowsById.get(id);
  if (!row)
    throw new RangeError(
      `no requirement is called ${id}: \`mapcert list requirements\` has the ids`,
    );
  return row;
};

/** JSON with sorted keys and without white space, so that equal data has equal bytes. */
const canonicalJson = (rows: readonly CatalogueRow[]): string =>
  JSON.stringify(rows, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

/** SHA-256 of any rows' canonical JSON, in hex. */
export const sha256OfRows = (rows: readonly CatalogueRow[]): string =>
  createHash('sha256').update(canonicalJson(rows)).digest('hex');

/** SHA-256 of the rule list: two reports with the same value were judged by the same rules. */
export const requirementsSha256: string = sha256OfRows(CATALOGUE);
