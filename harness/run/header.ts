/** A header with the map type enum as the subject: nothing runs, its text is judged. */
import { CATALOGUE } from '../abi/catalogue.ts';
import type { CatalogueRow } from '../abi/requirement.ts';
import { causeOf } from '../conclude/cause.ts';
import { Coverage } from '../conclude/coverage.ts';
import type { CauseRecord, RequirementRecord } from '../conclude/record.ts';
import { readWaivers } from '../conclude/waivers.ts';
import type { Finding } from '../registry/finding.ts';
import type { RegistryReport } from '../registry/output.ts';
import type { Examined } from './examined.ts';
import type { HeaderOptions } from './options.ts';
import { shownSelection } from './selection.ts';

/** What was found of a header, as rows, reports and waivers have it. */
export const examineHeader = ({ report, waivers }: HeaderOptions): Examined => {
  const { header, sha256 } = report;
  return {
    subject: {
      kind: 'header',
      name: header.file,
      mapTypes: header.entries.map(({ value }) => value),
      sha256,
    },
    profile: {},
    executed: { runs: 1, operations: 0, callbacks: 0 },
    covered: new Coverage().counts,
    chapters: [],
    notes: [`compared with ${report.base.label}`],
    folds: new Map(),
    trial: null,
    judge: () => undefined,
    rows: () => CATALOGUE.map((row) => rowOf(row, report)),
    restsOn: () => [],
    counterexample: () => null,
    errata: null,
    waivers: waivers === null ? [] : readWaivers(waivers),
    // The enum is read in one way.
    isBrokenUnder: () => Promise.resolve(() => false),
    selected: null,
    selection: shownSelection({ suites: null, only: null, level: null, shard: null }),
    close: () => Promise.resolve(),
  };
};

const rowOf = ({ id, level, subject }: CatalogueRow, report: RegistryReport): RequirementRecord => {
  const judged = report.rules.find(({ rule }) => rule === id);
  const row: RequirementRecord = {
    ...{ id, level, subject, suite: judged ? 'enum' : null },
    ...{ verdict: 'not-applicable', advisory: {}, exercised: 0, runs: 0, strength: null },
    ...{ message: null, at: null, waiver: null, reason: judged?.reason ?? 'subject' },
    counterexample: null,
  };
  if (!judged || judged.verdict === 'not-applicable') return row;
  const found = report.findings.filter(({ rule }) => rule === id);
  const worst = found.find(({ verdict }) => verdict === judged.verdict);
  return {
    ...row,
    ...{ verdict: judged.verdict, exercised: 1, runs: 1, strength: 'static', reason: null },
    message: worst ? sentenceOf(worst) : null,
    ...(worst && judged.verdict !== 'info' ? { causes: found.flatMap(causesOf) } : {}),
  };
};

const sentenceOf = ({ file, line, column, message }: Finding): string =>
  `${file}:${line}:${column}: ${message}`;

/** Each finding is a cause of its own: what it says, wherever in the file it stands. */
const causesOf = ({ verdict, message }: Finding): CauseRecord[] => {
  if (verdict === 'info') return [];
  const kind = verdict === 'fail' ? 'violated' : 'warned';
  return [{ ...causeOf({ kind, seq: 0, expected: message, saw: message }, []), seen: 1 }];
};
