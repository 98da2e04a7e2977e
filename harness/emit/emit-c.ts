/**
 * A counterexample as a C test: the calls of its run, made against the provider's own table, and a
 * check after the call that is to blame. It needs the package's headers and the provider's sources.
 */
import { readFileSync } from 'node:fs';
import type { Blame } from '../conclude/blamed.ts';
import { callsOf, type Calls, type Entered } from '../conclude/lifetimes.ts';
import { UsageError } from '../errors/errors.ts';
import type { TraceEvent } from '../trace/event.ts';
import { handedOn } from '../trace/handed-on.ts';
import { printable } from '../trace/printable.ts';
import { stepsOf, type Step } from './calls.ts';
import { checkAfter } from './checks.ts';

export type Emitted = {
  rule: string;
  /** Sentences for the head of the file. */
  message: string;
  replay: string;
  trace: readonly TraceEvent[];
  blame: Blame;
};

/** What a call is made with besides its event. */
type Made = { calls: Calls; handed: ReadonlyMap<number, number>; failing: number };

/** The test as the text of one file. Throws UsageError for a run that C cannot repeat. */
export const emitC = ({ rule, message, replay, trace, blame }: Emitted): string => {
  if (blame.call === null || blame.nature === 'data') {
    throw new UsageError(
      `${rule} is broken by what is registered, which no sequence of calls shows; the report says which member`,
    );
  }
  const calls = callsOf(trace);
  const handed = handedOn(trace);
  const steps = stepsOf(trace);
  const clients = new Set<number>();
  const maps = new Set<number>();
  const body = steps.flatMap((step) => {
    if (step.kind === 'operation-ended') return ['    cmc_end_operation();'];
    const { call } = step;
    if (call.binding) clients.add(numberOf(call.binding));
    if (call.map) maps.add(numberOf(call.map));
    const failing = failingIn(call.call, trace);
    const lines = linesOf(call, { calls, handed, failing });
    return lines === null
      ? []
      : around(call, lines, failing, checkAfter(call, blame, trace, calls));
  });
  const declared = [
    ...[...clients].map((n) => `static cmc_client_t client_${n};`),
    ...[...maps].map((n) => `static void* map_${n};`),
    ...steps.flatMap((step) => (step.kind === 'call' ? outOf(step.call) : [])),
  ];
  const unused = [...maps].map((n) => `    (void)map_${n};`);
  return [
    head(rule, message, replay, blame),
    supportText(),
    ...declared,
    '',
    'static void scenario(void)',
    '{',
    '    ebpf_result_t result = EBPF_SUCCESS;',
    '    NTSTATUS status = 0;',
    '    (void)result, (void)status;',
    ...unused,
    ...body,
    '}',
    '',
    footer(rule, namesOf(steps)),
  ].join('\n');
};

const comment = (text: string): string => printable(text, 600).replaceAll('*/', '* /');

const head = (rule: string, message: string, replay: string, blame: Blame): string => `/*
 * ${comment(rule)}: ${comment(message)}
 *
 * Fails at call ${blame.call?.call} (${blame.call?.callback}) as long as the provider is wrong.
 * Made by: mapcert replay ${comment(replay)} --emit c
 *
 * gcc -g -I NATIVE/include -I NATIVE/include/shadow -I NATIVE/shim \\
 *     this.c PROVIDER.c… -o test
 * where NATIVE is harness/native of the package, and PROVIDER.c… have cmc_provider_start.
 * With -DCMC_CATCH2, compiled as C++, it is a Catch2 test case.
 */`;

/** The kernel's place, in the order in which its parts need each other. */
const parts = ['state.h', 'memory.h', 'kernel.h', 'calls.h'];

const supportText = (): string =>
  parts
    .map((part) => readFileSync(new URL(`../native/emitted/${part}`, import.meta.url), 'utf8'))
    .map((text) => text.replace(/^\/\*[\s\S]*?\*\/\n/, ''))
    .join('');

/** What each call calls, by its number, as a table in C. */
const namesOf = (steps: readonly Step[]): string => {
  const names: string[] = ['nothing'];
  for (const step of steps) if (step.kind === 'call') names[step.call.call] = step.call.callback;
  const texts = Array.from(names, (name) => `    "${name ?? ''}",`);
  return ['static const char* const names[] = {', ...texts, '};'].join('\n');
};

const footer = (rule: string, names: string): string => `${names}

#if defined(CMC_CATCH2)
TEST_CASE("${rule}", "[mapcert]")
{
    cmc_names = names;
    cmc_run(scenario);
}
#else
int main(void)
{
    int code;
    cmc_names = names;
    code = cmc_run(scenario);
    if (code == 0) fprintf(stderr, "passed\\n");
    return code;
}
#endif
`;

const numberOf = (label: string): number => Number(/#(\d+)$/.exec(label)?.[1] ?? 0);

/** Which of its allocations fails in a call; 0: none does. */
const failingIn = (call: number, trace: readonly TraceEvent[]): number => {
  const asked = trace.filter(
    (event) =>
      (event.kind === 'allocated' || event.kind === 'allocation-failed') && event.call === call,
  );
  return asked.findIndex(({ kind }) => kind === 'allocation-failed') + 1;
};

const around = (
  call: Entered,
  lines: readonly string[],
  failing: number,
  checks: readonly string[],
): string[] => [
  '    {',
  ...lines.slice(0, -1).map((line) => `        ${line}`),
  `        cmc_enter(${call.call}, "${call.callback}", ${call.irql}, ${call.process}u, ${failing});`,
  `        ${lines.at(-1)}`,
  ...checks.map((line) => `        ${line}`),
  '        cmc_leave();',
  '    }',
];

const outOf = ({ callback, call }: Entered): string[] =>
  callback === 'preprocess_map_update_element' ? [`static uint8_t* out_${call};`] : [];

const bytesOf = (hex: string): string =>
  hex === '' ? '0' : (hex.match(/../g) ?? []).map((byte) => `0x${byte}`).join(', ');

/** A buffer with these bytes; NULL for NULL. */
const buffer = (name: string, hex: string | null | undefined): string[] =>
  hex === null || hex === undefined
    ? [`uint8_t* ${name} = NULL;`]
    : [
        `static const uint8_t ${name}_bytes[] = {${bytesOf(hex)}};`,
        `uint8_t* ${name} = cmc_buffer(${name}_bytes, ${hex.length / 2});`,
      ];

/** The lines of a call, the last one being the call itself; null: it is none of the provider's. */
const linesOf = (call: Entered, made: Made): string[] | null => {
  const client = `client_${numberOf(call.binding ?? '')}`;
  const map = `map_${numberOf(call.map ?? '')}`;
  switch (call.callback) {
    case 'start':
      return ['status = cmc_provider_start(&cmc_host);'];
    case 'stop':
      return ['cmc_provider_stop();'];
    case 'deferred work':
      return ['cmc_run_work();'];
    case 'ProviderAttachClient':
      return [...attach(client, call), `status = cmc_attach(&${client});`];
    case 'ProviderDetachClient':
      return [`status = cmc_detach(&${client});`];
    case 'ProviderCleanupBindingContext':
      return [`cmc_clean_up(&${client});`];
    case 'preprocess_map_create':
      return [
        'uint32_t actual = 0xdeadbeef;',
        `result = ${client}.provider->preprocess_map_create(${client}.context, ${call.map_type}u, ` +
          `${call.create_key_size}u, ${call.create_value_size}u, ${call.max_entries}u, &actual, &${map});`,
      ];
    case 'postprocess_map_delete':
      return [`${client}.provider->postprocess_map_delete(${client}.context, ${map});`];
    case 'preprocess_associate_program_type':
      return [
        `static const GUID type = ${guid(call.program_type ?? '')};`,
        `result = ${client}.provider->preprocess_associate_program_type(${client}.context, ${map}, &type);`,
      ];
    case 'invokeHelper':
      throw new UsageError('a run in which a BPF program calls a helper cannot be emitted as C');
    case 'makeValue':
    case 'releaseValue':
    case 'resourceCount':
    case 'drain':
      return null;
    default:
      return element(call, client, map, made);
  }
};

const attach = (client: string, { registration, client: shown }: Entered): string[] => {
  const { data, table } = shown ?? {};
  return [
    `cmc_make_client(&${client}, ${numberOf(registration ?? '#1') - 1});`,
    ...(data === null ? [`${client}.instance.NpiSpecificCharacteristics = NULL;`] : []),
    ...(table === null ? [`${client}.data.base_client_table = NULL;`] : []),
    ...(table ? [`${client}.table.header.size = ${table.size};`] : []),
    ...(data ? [`${client}.data.header.size = ${data.size};`] : []),
    ...clientFunctions
      .filter((name) => shown?.members && !shown.members.includes(name))
      .map((name) => `${client}.table.${name} = NULL;`),
  ];
};

const clientFunctions = [
  'find_element_function',
  'epoch_enter',
  'epoch_exit',
  'epoch_allocate_with_tag',
  'epoch_allocate_cache_aligned_with_tag',
  'epoch_free',
  'epoch_free_cache_aligned',
];

const guid = (text: string): string => {
  const [a = '0', b = '0', c = '0', d = '0000', e = ''] = text.split('-');
  return `{0x${a}, 0x${b}, 0x${c}, {${bytesOf(d + e)}}}`;
};

/** Find, update and the two deletes: key, value, where it is asked for out_value, flags. */
const element = (call: Entered, client: string, map: string, { handed }: Made): string[] => {
  const { callback, key, key_size = 0, value, value_size = 0, flags = 0 } = call;
  const from = handed.get(call.call);
  const isUpdate = callback === 'preprocess_map_update_element';
  const isFind = callback === 'postprocess_map_find_element';
  const out = isUpdate ? `out_${call.call}` : 'out';
  const hasOut = typeof call.out_size === 'number';
  const room = hasOut ? `cmc_filled(${call.fill ?? 0}, ${call.out_size})` : 'NULL';
  const values =
    from === undefined
      ? buffer('value', value)
      : [`uint8_t* value = cmc_buffer(out_${from}, ${(value ?? '').length / 2});`];
  const lines = [
    ...buffer('key', key),
    ...values,
    ...(isUpdate || isFind ? [`${isUpdate ? '' : 'uint8_t* '}${out} = ${room};`] : []),
  ];
  const outs = isUpdate || isFind ? `, ${hasOut ? call.out_size : 0}, ${out}` : '';
  const result = callback === 'postprocess_map_delete_element' ? '' : 'result = ';
  const given = `${key_size}, key, ${value_size}, value${outs}, ${flags}u`;
  return [
    ...lines,
    `${result}${client}.provider->${callback}(${client}.context, ${map}, ${given});`,
  ];
};
