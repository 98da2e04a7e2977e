/** The page docs/DIVERGENCES.md: evidence and errata as text. Pure. */
import { SPEC_COMMIT } from '../abi/catalogue.ts';
import type { Erratum } from '../conclude/errata.ts';
import {
  broken,
  held,
  unexercised,
  type Evidence,
  type RuleEvidence,
  type Sighting,
} from './divergence.ts';

/** Transcripts named per sighting. */
const namedMax = 6;
const commitLength = 9;

const named = (ids: readonly string[]): string => {
  const shown = ids
    .slice(0, namedMax)
    .map((id) => `\`${id}\``)
    .join(', ');
  return ids.length > namedMax ? `${shown} and ${ids.length - namedMax} more` : shown;
};

const issueOf = (erratum: Erratum | undefined): string =>
  erratum?.issue ? `[#${erratum.issue.split('/').at(-1)}](${erratum.issue})` : '–';

const cell = (text: string): string => text.replaceAll('|', '\\|');

const section = (rule: RuleEvidence, erratum: Erratum | undefined): string[] => {
  const { row, exercised, violations, brokenIn, exercisedIn } = rule;
  return [
    `### ${row.id} (${row.level})${erratum ? `, ${erratum.contradiction}` : ''}`,
    '',
    `The rule: ${row.statement}`,
    '',
    erratum ? `eBPFCore: ${erratum.says}` : 'eBPFCore: no erratum describes this yet.',
    '',
    `Put to the test ${exercised} times in ${exercisedIn} transcripts; ` +
      `${violations} observations in ${brokenIn.length} transcripts differ.` +
      (erratum?.issue ? ` Upstream: ${issueOf(erratum)}.` : ''),
    '',
    '| seen | transcripts | for example |',
    '|---|---|---|',
    ...rule.sightings
      .toSorted(byCount)
      .map(
        ({ saw, transcripts }) =>
          `| ${cell(saw)} | ${transcripts.length} | ${named(transcripts)} |`,
      ),
    '',
  ];
};

const byCount = (a: Sighting, b: Sighting): number =>
  b.transcripts.length - a.transcripts.length || (a.saw < b.saw ? -1 : 1);

/** The whole page. */
export const divergencePage = (evidence: Evidence, errata: readonly Erratum[]): string => {
  const erratumOf = (id: string): Erratum | undefined => errata.find(({ rule }) => rule === id);
  const differing = broken(evidence);
  const untold = evidence.rules.filter((rule) => rule.untold !== null);
  const silent = unexercised(evidence);
  return [
    '# Where eBPFCore differs from its document',
    '',
    'Each rule that binds the runtime, judged over recordings of eBPFCore ' +
      `(eBPF for Windows at \`${SPEC_COMMIT.slice(0, commitLength)}\`):`,
    `${evidence.transcripts} transcripts, ${evidence.steps} steps, ${evidence.callbacks} callbacks. ` +
      'Nothing was replayed: the recordings are',
    'converted to traces and judged by the monitors that judge every runtime. `npm ' +
      'run divergences` makes this page from',
    '[the recordings](../fixtures/traces/eBPFCore/README.md); `npm run divergences ' +
      '-- FILE…` prints it for other files.',
    '',
    'The contract asks what the design document says. Where shipped code does ' +
      'something else, providers have to cope with',
    'both, and `certify` runs them under both readings. [The ' +
      'errata](../fixtures/errata/ebpfcore.yaml) list the same',
    'differences for a gate that judges the runtime: `mapcert certify TRACE.jsonl ' +
      '--errata fixtures/errata/ebpfcore.yaml`.',
    '',
    '| rule | level | contradiction | put to the test | differing observations | transcripts | upstream |',
    '|---|---|---|---|---|---|---|',
    ...differing.map((rule) => {
      const { row, exercised, violations, brokenIn } = rule;
      const erratum = erratumOf(row.id);
      const name = `[${row.id}](#${anchorOf(row, erratum)})`;
      const counts = [exercised, violations, brokenIn.length].join(' | ');
      return `| ${name} | ${row.level} | ${erratum?.contradiction ?? '–'} | ${counts} | ${issueOf(erratum)} |`;
    }),
    '',
    'IRQL was derived from the locks held and epochs from the order of work: this ' +
      'page speaks of order, not of timing.',
    '',
    '## Differences',
    '',
    ...differing.flatMap((rule) => section(rule, erratumOf(rule.row.id))),
    '## Rules that held',
    '',
    'How often each was put to the test without a difference:',
    '',
    `${held(evidence)
      .map(({ row, exercised }) => `${row.id} ${exercised}`)
      .join(' · ')}.`,
    '',
    '## Not shown by these recordings',
    '',
    '| rule | why |',
    '|---|---|',
    ...untold.map(({ row, untold: why }) => `| ${row.id} | ${cell(why ?? '')} |`),
    ...silent.map(({ row }) => `| ${row.id} | no transcript exercises it |`),
    '',
    'Of ABI-010 the sizes of the client data and the version and size of the client ' +
      'table are shown; the `total_size` of',
    'the table and its function pointers were not recorded. A deregistration with ' +
      'live maps was seen to block in these recordings, where Windows',
    'answers STATUS_PENDING; UNLOAD-004 is judged by when it ended (C-28).',
    '',
  ].join('\n');
};

const anchorOf = (row: RuleEvidence['row'], erratum: Erratum | undefined): string => {
  const level = row.level.toLowerCase().replaceAll(' ', '-');
  return `${row.id.toLowerCase()}-${level}${erratum ? `-${erratum.contradiction.toLowerCase()}` : ''}`;
};
