/** The page docs/FINDINGS.md: findings as text, with what recordings say of their rules. Pure. */
import { SPEC_COMMIT } from '../abi/catalogue.ts';
import { broken, type Evidence } from './divergence.ts';
import type { Finding } from './findings.ts';

const repository = 'https://github.com/microsoft/ebpf-for-windows/issues';
const commitLength = 9;

/** Rules that recordings show broken and that no finding is about. */
export const rulesWithoutFinding = (evidence: Evidence, findings: readonly Finding[]): string[] =>
  broken(evidence)
    .map(({ row }) => row.id)
    .filter((id) => !findings.some(({ rules }) => rules.includes(id)));

const seenIn = (evidence: Evidence, { rules }: Finding): string[] =>
  rules.map((id) => {
    const rule = evidence.rules.find(({ row }) => row.id === id);
    const [seen, times, count] = [
      rule?.violations ?? 0,
      rule?.exercised ?? 0,
      rule?.brokenIn.length ?? 0,
    ];
    return `${id}: ${seen} observations in ${count} transcripts differ, of ${times} occasions`;
  });

const section = (finding: Finding, number: number, evidence: Evidence): string[] => {
  const { title, about, basis, plan, says, does, hurts, fix, issues } = finding;
  const links = issues.map((one) => `[#${one}](${repository}/${one})`).join(', ');
  const where =
    basis === 'seen'
      ? `recorded. ${seenIn(evidence, finding).join('; ')}.`
      : 'read in the code; no recording shows it.';
  return [
    `## ${number}. ${title}`,
    '',
    `- **About** ${about.join(', ') || 'no contradiction: a mistake'}${links ? `; ${links}` : ''}`,
    `- **Shortest plan** ${plan}`,
    `- **What is promised** ${says}`,
    `- **What happens** ${does}`,
    `- **Evidence** ${where}`,
    `- **Who is hurt** ${hurts}`,
    `- **A fix that breaks no right provider** ${fix}`,
    '',
  ];
};

/** The whole page. */
export const findingsPage = (evidence: Evidence, findings: readonly Finding[]): string =>
  [
    '# Findings for eBPF for Windows',
    '',
    `Read and recorded at \`${SPEC_COMMIT.slice(0, commitLength)}\`. ` +
      '`npm run divergences` makes this page; [DIVERGENCES.md](DIVERGENCES.md) has',
    'the recordings in full, [UPGRADES.md](UPGRADES.md) what a change means to a provider. ' +
      'Nothing of it was sent to anybody.',
    '',
    ...findings.flatMap((finding, at) => section(finding, at + 1, evidence)),
  ]
    .join('\n')
    .trimEnd() + '\n';
