/** A counterexample as a vitest test: the same run, made and judged through the package. */
import type { ReplayFile } from '../conclude/record.ts';
import { describeActor } from '../trace/describe.ts';
import { printable } from '../trace/printable.ts';
import type { Emitted } from './emit-c.ts';

/**
 * The test as the text of one file. `subject`: the module or library, as the file should name it.
 */
export const emitTs = ({
  rule,
  message,
  replay,
  blame,
  run,
  subject,
}: Emitted & { run: ReplayFile; subject: string | null }): string => {
  const { plan, choices, requirement, revision, seed, schema } = run;
  const where = blame.call
    ? `call ${blame.call.call} (${blame.call.callback})`
    : 'what is registered';
  const data = { schema, subject: run.subject, requirement, revision, seed, plan, choices };
  return `// ${comment(rule)}: ${comment(message)}
// Fails at ${where} as long as the provider is wrong.
// Made by: mapcert replay ${comment(replay)} --emit ts
${plan.actors.map((actor, index) => `//   ${comment(describeActor(actor, index))}`).join('\n')}
import { expect, test } from 'vitest';
import { replayRun } from 'custom-map-conformance/replay';

const subject = ${JSON.stringify(subject ?? 'provider.ts')};
const run = ${JSON.stringify(data, null, 2)} as const;

test(${JSON.stringify(`${rule} ${comment(message).slice(0, 120)}`)}, async () => {
  const { broken } = await replayRun(run, { subject });
  expect(broken, broken ?? '').toBeNull();
}, 60_000);
`;
};

const comment = (text: string): string => printable(text, 600);
