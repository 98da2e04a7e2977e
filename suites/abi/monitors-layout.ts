/** ABI rules about what a provider registers: versions, sizes, signatures. */
import type { EventOf, ProviderDataFacts, Verdicts, Watch } from '../../harness/index.ts';
import {
  OLD_TABLE_SIZE,
  TABLE_SIZE,
  effectiveMembers,
  missingCrud,
  structuresOf,
} from '../discovery/structure.ts';

type Registered = EventOf<'registered'>;

const watchData =
  (judge: (say: Verdicts, data: ProviderDataFacts, event: Registered) => void): Watch =>
  (say) => ({
    registered: (event) => {
      if (!event.inert && event.facts.data) judge(say, event.facts.data, event);
    },
  });

/** ABI-001. */
export const watchVersions = watchData((say, data, event) => {
  say.exercised();
  const wrong = structuresOf(data)
    .filter(({ header }) => header?.version !== 1)
    .map(({ name, header }) =>
      header ? `${name} carries version ${header.version}` : `${name} has no header`,
    );
  if (wrong.length === 0) return;
  say.violated(
    event,
    'every versioned structure starts with a header of version 1',
    wrong.join(', '),
  );
});

/** ABI-002. */
export const watchSizes = watchData((say, data, event) => {
  say.exercised();
  const wrong = structuresOf(data)
    .filter(({ header, sizes }) => header && !sizes.includes(header.size))
    .map(
      ({ name, header, sizes }) =>
        `header.size of ${name} is ${header?.size ?? 0}, not ${sizes.join(' or ')}`,
    );
  if (wrong.length === 0) return;
  say.violated(
    event,
    'header.size is the size up to the end of the last member, without padding',
    wrong.join(', '),
  );
});

/** sizeof with padding, by structure and header.size. */
const totals = (name: string, size: number): number[] =>
  name === 'provider data'
    ? [48]
    : name === 'base_properties'
      ? [32]
      : size === OLD_TABLE_SIZE
        ? [72, 80]
        : [TABLE_SIZE];

/** ABI-003. */
export const watchTotals = watchData((say, data, event) => {
  say.exercised();
  const wrong = structuresOf(data)
    .filter(({ name, header }) => header && !totals(name, header.size).includes(header.total_size))
    .map(
      ({ name, header }) =>
        `header.total_size of ${name} is ${header?.total_size ?? 0}, ` +
        `not ${totals(name, header?.size ?? 0).join(' or ')}`,
    );
  if (wrong.length === 0) return;
  say.violated(event, 'header.total_size is sizeof, with padding', wrong.join(', '));
});

/** ABI-004: what lies behind a 72-byte table is nobody's; only a provider that needs it is wrong. */
export const watchOldTable = watchData((say, data, event) => {
  const table = data.base_provider_table;
  if (table?.header?.size !== OLD_TABLE_SIZE) return;
  say.exercised();
  const counts =
    table.members.includes('postprocess_map_delete_element') &&
    data.base_properties?.updates_original_value;
  if (!counts || !missingCrud(data).includes('a delete callback')) return;
  say.violated(
    event,
    'with header.size 72, postprocess_map_delete_element is beyond the table and ignored',
    'it is the only delete callback of a provider that needs one',
  );
});

/** ABI-015: what the callbacks declare, and what they answer with when every argument is another one. */
export const watchSignatures: Watch = (say, trace) => {
  const results = /^(preprocess_|postprocess_map_find_element)/;
  return {
    registered: (event) => {
      const table = event.inert ? null : event.facts.data?.base_provider_table;
      const [first] = table?.surplus ?? [];
      if (!first) return;
      say.violated(
        event,
        'callbacks have the signatures of the header',
        `${first} declares more parameters than the contract has`,
      );
    },
    'callback-returned': (event) => {
      if (!/^(pre|post)process_/.test(event.callback)) return;
      const wide = event.damage.find(
        (one) => one.what === 'overrun' && one.buffer === 'actual_value_size',
      );
      if (wide) {
        say.violated(
          event,
          'actual_value_size is a uint32_t',
          'bytes beyond its four were written',
        );
      }
      if (event.result === null || !results.test(event.callback)) {
        if (!results.test(event.callback)) say.exercised();
        return;
      }
      if (event.result.startsWith('not a result')) {
        say.violated(
          event,
          `${event.callback} returns an ebpf_result_t`,
          `it returned something that is ${event.result}`,
        );
      } else if (trace.call(event.call)) {
        say.exercised();
      }
    },
  };
};

/** ABI-016: members of the version-2 proposal are never called, and everything works all the same. */
export const watchProposal: Watch = (say, trace) => {
  const proposing = new Set<string>();
  const expected = 'the provider works without members that only the version-2 proposal has';
  const isPlain = (op: number): boolean => {
    const operation = trace.operation(op)?.operation;
    return operation?.op === 'create'
      ? Object.keys(operation).length <= 2
      : operation?.op === 'update' &&
          typeof operation.value === 'number' &&
          operation.caller !== 'program';
  };
  const short = new Set<number>();
  const usedKinds = new Set<string>();
  return {
    registered: (event) => {
      const table = event.inert ? null : event.facts.data?.base_provider_table;
      const size = table?.header?.size ?? 0;
      if (table?.proposed?.length || size > TABLE_SIZE) proposing.add(event.registration);
    },
    'allocation-failed': (event) => void short.add(event.call),
    'callback-returned': (event) => {
      const entered = trace.call(event.call);
      if (
        !entered ||
        entered.direct ||
        !/^preprocess_map_(create|update_element)$/.test(event.callback)
      )
        return;
      if (!trace.probes.includes('ABI-016') || !isPlain(entered.op) || short.has(event.call))
        return;
      if (event.result === 'EBPF_SUCCESS') {
        usedKinds.add(event.callback);
        say.exercised();
      } else if (proposing.has(entered.registration ?? '') && !usedKinds.has(event.callback)) {
        say.violated(
          event,
          expected,
          `${event.callback} answered ${event.result ?? 'nothing'} although none of them has been called`,
        );
      }
    },
    lost: (event) => {
      const registration = trace.call(event.call)?.registration ?? '';
      if (proposing.has(registration) && trace.probes.includes('ABI-016'))
        say.lost(event, expected);
    },
  };
};

/** Members that a table has as far as the runtime is concerned; shared with the runtime's rules. */
export const countedMembers = effectiveMembers;
