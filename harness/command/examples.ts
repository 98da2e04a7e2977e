/** Examples under the help of each command. A test runs their options through the parser. */

/** For each command what people want of it, and the line that does it. */
export const EXAMPLES: Readonly<Record<string, readonly (readonly [line: string, why: string])[]>> =
  {
    certify: [
      ['mapcert certify', 'the sample provider'],
      ['mapcert certify provider.ts', 'a model in TypeScript'],
      ['mapcert certify my_provider.so --low-memory', 'a library, with failing allocations'],
      ['mapcert certify my_provider.dll --report junit=report.xml', 'for a pipeline'],
      ["mapcert certify provider.ts --only 'CRUD-*' --verbose", 'some rules, the whole summary'],
    ],
    runtime: [
      ['mapcert runtime', 'the embedded reference'],
      ['mapcert runtime my_runtime.so --errata ebpfcore.yaml', 'with its documented divergences'],
    ],
    selftest: [['mapcert selftest --json', 'the kill matrix as data']],
    mutate: [['mapcert mutate provider.ts --most 40', 'slips in your own code that no rule sees']],
    registry: [
      ['mapcert registry ebpf_structs.h', 'the map types of a header'],
      ['mapcert registry ebpf_structs.h --base old/ebpf_structs.h', 'and what changed since'],
    ],
    replay: [
      ['mapcert replay 3f9c', 'a run that the last certification found'],
      ['mapcert replay CRUD-DEL-007 --from report.json', 'the run of a rule'],
      ['mapcert replay 3f9c --emit c > test.c', 'as a C test against your own table'],
      ['mapcert replay 3f9c --emit ts > run.test.ts', 'as a vitest test'],
    ],
    shrink: [['mapcert shrink out/counterexamples/CRE-003.json --budget 60s', 'a smaller run']],
    diff: [['mapcert diff before.json after.json', 'what got worse, and what better']],
    merge: [['mapcert merge shard-1.json shard-2.json --report summary', 'one report of all']],
    list: [
      ['mapcert list', 'every rule'],
      ['mapcert list suites', 'the chapters'],
    ],
    explain: [['mapcert explain CRUD-DEL-006', 'what a rule asks, and where it stands']],
    probe: [['mapcert probe provider.ts', 'the profile that it would be judged by']],
    init: [
      ['mapcert init my-provider', 'a provider in C, with its glue'],
      ['mapcert init my-provider --ts', 'a model in TypeScript, with the suite as its tests'],
      ['mapcert init my-provider --driver', 'for a driver that is entered by DriverEntry only'],
    ],
  };

/** The examples of a command as they stand below its help. */
export const examplesOf = (command: string): string => {
  const examples = EXAMPLES[command] ?? [];
  if (examples.length === 0) return '';
  const lines = examples.map(([line, why]) => `  # ${why}\n  ${line}`);
  return `\nExamples:\n${lines.join('\n')}`;
};
