/** A hand-made record with every verdict and with words that a hostile subject might choose. */
import { CATALOGUE, requirementsSha256 } from '../abi/catalogue.ts';
import { VERDICTS } from '../check/verdict.ts';
import type { Verdict } from '../check/verdict.ts';
import { concludeOutcome } from '../conclude/outcome.ts';
import { REPORT_SCHEMA } from '../conclude/record.ts';
import type { Counterexample, RequirementRecord, RunRecord } from '../conclude/record.ts';
import type { TraceEvent } from '../trace/event.ts';
import { sequential } from '../trace/plan.ts';

/** Escape sequence, NUL, markup, end of CDATA, a bidi override and a lone surrogate. */
export const HOSTILE =
  '\u001b[31mred\u0000<script>alert(1)</script>]]><skipped/>\u202Eevil|`` `\ud800"\'&amp;\r\n| x |';

const TRACE: TraceEvent[] = [
  {
    kind: 'run-started',
    plan: 'close-after-insert',
    probes: [],
    conditions: {},
    choices: 2,
    seq: 0,
    actor: -1,
  },
  {
    kind: 'operation-started',
    op: 1,
    operation: { op: 'create', map: 0 },
    caller: 'user',
    process: 1,
    seq: 1,
    actor: 0,
  },
  {
    kind: 'operation-started',
    op: 2,
    operation: { op: 'delete', map: 0, key: 1 },
    caller: 'program',
    process: 0,
    seq: 2,
    actor: 1,
  },
  {
    kind: 'callback-entered',
    call: 1,
    callback: 'preprocess_map_delete_element',
    op: 2,
    within: 0,
    direct: false,
    key: '01000000',
    value: 'ab'.repeat(64),
    flags: 2,
    irql: 2,
    process: 0,
    locks: 1,
    in_epoch: true,
    seq: 3,
    actor: 1,
  },
  { kind: 'log', call: 1, text: HOSTILE, seq: 4, actor: 1 },
  {
    kind: 'callback-returned',
    call: 1,
    callback: 'preprocess_map_delete_element',
    result: 'EBPF_INVALID_ARGUMENT',
    irql: 2,
    epoch_depth: 0,
    damage: [{ what: 'overrun', buffer: 'value', offset: 64 }],
    seq: 5,
    actor: 1,
  },
  { kind: 'run-ended', operations: 2, callbacks: 1, seq: 6, actor: -1 },
];

const COUNTEREXAMPLE: Counterexample = {
  plan: {
    ...sequential('close-after-insert', [
      { op: 'create', map: 0 },
      { op: 'update', map: 0, key: 1, value: 2, option: 'EBPF_NOEXIST' },
      { op: 'close', map: 0 },
    ]),
    conditions: { dialect: 'as-documented', fail_allocation: 2 },
  },
  choices: [0, 1],
  trace: TRACE,
  replay: 'mapcert replay out/CRUD-DEL-006.json',
};

/** One row of the catalogue with a verdict; the rest says nothing of interest. */
export const rowOf = (
  id: string,
  verdict: Verdict,
  given: Partial<RequirementRecord> = {},
): RequirementRecord => {
  const rule = CATALOGUE.find((row) => row.id === id);
  const untested = ['vacuous', 'inconclusive', 'not-applicable', 'not-selected'].includes(verdict);
  return {
    id,
    level: rule?.level ?? 'MUST',
    subject: rule?.subject ?? 'provider',
    suite: rule?.area.toLowerCase() ?? null,
    verdict,
    advisory: {},
    exercised: untested ? 0 : 12,
    runs: verdict === 'not-applicable' || verdict === 'not-selected' ? 0 : 40,
    strength: untested ? null : 'sampled',
    message: null,
    at: null,
    waiver: null,
    reason: untested ? `reason of ${verdict}` : null,
    counterexample: null,
    ...given,
  };
};

const WHERE = '[operation close (map 0); callback preprocess_map_delete_element]';

const violated = (id: string, verdict: Verdict): RequirementRecord =>
  rowOf(id, verdict, {
    message: `expected: EBPF_SUCCESS during cleanup; saw: ${HOSTILE} ${WHERE}`,
    at: { operation: 'close', callback: 'preprocess_map_delete_element', seq: 5 },
    advisory: { 'as-shipped': { verdict: 'pass', message: null } },
    counterexample: COUNTEREXAMPLE,
  });

/** The record of some rows, with outcome and totals as the engine concludes them. */
export const recordOf = (
  requirements: RequirementRecord[],
  given: Partial<RunRecord> = {},
): RunRecord => {
  const selection = given.selection ?? { suites: null, only: null, level: null, shard: null };
  return {
    schema: REPORT_SCHEMA,
    tool: { name: 'mapcert', version: '0.1.0' },
    suite: { revision: 'merged', requirementsSha256 },
    subject: { kind: 'in-process', name: 'example', mapTypes: [4097], sha256: 'a'.repeat(64) },
    profile: {},
    seed: 1,
    executed: { runs: 40, operations: 400, callbacks: 900 },
    chapters: [{ suite: 'reg', scenarios: 3, generated: 40, operations: 400, callbacks: 900 }],
    notes: [],
    ...concludeOutcome(requirements, selection),
    requirements,
    selection,
    ...given,
  };
};

/** Every rule once; the first ones have every verdict, two of them with all that hostile text. */
export const goldenRecord = (): RunRecord => {
  const musts = CATALOGUE.filter((row) => row.level === 'MUST' && row.subject === 'provider');
  const verdicts = new Map<string, RequirementRecord>();
  VERDICTS.forEach((verdict, index) => {
    const id = musts[index]?.id ?? '';
    const waiver = { reason: `accepted ${HOSTILE}`, expires: '2030-01-01' };
    if (['fail', 'crash', 'hang', 'warn', 'harness-error'].includes(verdict))
      verdicts.set(id, violated(id, verdict));
    else verdicts.set(id, rowOf(id, verdict, verdict === 'waived' ? { waiver } : {}));
  });
  const rows = CATALOGUE.map(
    ({ id, subject }) =>
      verdicts.get(id) ??
      (subject === 'runtime'
        ? rowOf(id, 'not-applicable', { reason: 'subject', selfCheck: { exercised: 9, ok: true } })
        : rowOf(id, 'pass')),
  );
  return recordOf(rows, {
    subject: { kind: 'native', name: HOSTILE, mapTypes: [4097], sha256: 'b'.repeat(64) },
    restsOn: [
      {
        what: 'userLookup: EBPF_OPERATION_NOT_SUPPORTED',
        by: 'declared',
        excuses: ['CRUD-FIND-002'],
      },
      { what: `keySizes: 4 ${HOSTILE}`, by: 'probed', excuses: [] },
      { what: 'valueSizes: 8', by: 'probed', excuses: [] },
      { what: 'updates_original_value is true', by: 'data', excuses: ['IRQL-002', 'CRE-004'] },
    ],
    notes: [`a loss without attribution: ${HOSTILE}`],
  });
};
