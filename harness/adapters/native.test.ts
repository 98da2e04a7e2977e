/**
 * Right native providers give clean traces, the same bytes each time; memory finds what it must.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNative, type BuiltFixture } from '../native/build.ts';
import { findCompiler } from '../native/compiler.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import { executeRun } from '../execute/execute.ts';
import type { Profile } from '../provider/profile.ts';
import type { Subject } from '../provider/port.ts';
import type { TraceEvent } from '../trace/event.ts';
import { sequential, type Operation } from '../trace/plan.ts';
import { CallBuffers } from './call-buffers.ts';
import { loadNative } from './native.ts';
import { NativeMemory } from './native-memory.ts';
import { realMemory } from './real-memory.ts';

let providers: readonly BuiltFixture[] = [];
let folder = '';
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'native-test-'));
  providers = await buildNative('providers/');
});

const sample = 'f788ef4a-207d-4dc3-85cf-0f2ea107213c';
const operations: Operation[] = [
  { op: 'start' },
  { op: 'create', map: 0 },
  { op: 'update', map: 0, key: 1, value: 2 },
  { op: 'find', map: 0, key: 1 },
  { op: 'update', map: 0, key: 1, value: 3 },
  { op: 'associate', map: 0, program_type: sample },
  { op: 'update', map: 0, key: 2, value: 4 },
  { op: 'delete', map: 0, key: 1 },
  { op: 'close', map: 0 },
  { op: 'stop' },
];
const plan = sequential('sequence', operations);

/** What fits a provider of this name. */
const profileOf = (name: string): Profile => {
  const type = name.includes('socket') ? 16 : name.includes('cpu') ? 18 : 15;
  return {
    ...bootstrapProfile(null),
    mapType: type,
    accepted: [{ key: 4, value: 4, actual: 8 }],
    keySizes: [4],
    valueSizes: [4],
    values: 'module',
  };
};

const registeredType = (trace: readonly TraceEvent[]): number =>
  trace.flatMap((event) =>
    event.kind === 'registered' ? [event.facts.data?.map_type ?? 0] : [],
  )[0]!;

const runOn = async (library: string, profile: Profile): Promise<TraceEvent[]> => {
  const loaded = loadNative(library);
  const subject = (await loaded.open({ fresh: false })) as Subject;
  const values = subject.makeValue ? 'module' : 'generated';
  const { trace } = executeRun(
    { plan, choices: [], conditions: {}, profile: { ...profile, values } },
    subject,
    null,
  );
  loaded.close();
  return trace;
};

const harm = (trace: readonly TraceEvent[]): TraceEvent[] =>
  trace.filter(
    (event) =>
      ['misuse', 'lost', 'registration-changed', 'bound-reached'].includes(event.kind) ||
      (event.kind === 'callback-returned' && event.damage.length > 0),
  );

describe('a right native provider', () => {
  it('runs from start to stop without harm, twice with the same bytes', async () => {
    expect(providers.length).toBeGreaterThanOrEqual(5);
    for (const { name, library } of providers) {
      const probe = await runOn(library, profileOf(name));
      const profile = { ...profileOf(name), mapType: registeredType(probe) };
      const first = await runOn(library, profile);
      const second = await runOn(library, profile);
      expect(harm(first), name).toEqual([]);
      expect(JSON.stringify(second), name).toBe(JSON.stringify(first));
      const text = JSON.stringify(first);
      expect(text, name).not.toMatch(/7f[0-9a-f]{2}0000"|"0x7f/);
      const last = first.findLast((event) => event.kind === 'balance');
      expect(last, name).toMatchObject({ why: 'unloaded', balance: { blocks: [], objects: [] } });
    }
  });

  it('has its statics anew in every run, also beside an instance that stays', async () => {
    const source = path.join(folder, 'statics.c');
    const library = path.join(folder, 'statics.so');
    writeFileSync(
      source,
      `static long long starts;
int cmc_provider_start(const void* host) { (void)host; starts += 1; return 0; }
void cmc_provider_stop(void) {}
long long cmc_resource_count(void) { return starts; }`,
    );
    const [program, ...options] = findCompiler().command;
    execFileSync(program, [...options, '-shared', '-fPIC', source, '-o', library]);
    const loaded = loadNative(library);
    for (const fresh of [false, false, true, true, false]) {
      const subject = await loaded.open({ fresh });
      subject.start({} as never);
      expect(subject.resourceCount!()).toBe(1);
      subject.endRun();
    }
  });

  it('stores addresses that the trace names by tokens', async () => {
    const found = providers.find(({ name }) => name.endsWith('object-map'))!;
    const trace = await runOn(found.library, profileOf(found.name));
    const stored = trace.flatMap((event) =>
      event.kind === 'base-map' && event.change !== 'removed' ? [event.stored] : [],
    );
    expect(stored).toEqual(['b10c000000000001', 'b10c000000000002', 'b10c000000000003']);
  });
});

describe('native memory', () => {
  const memory = new NativeMemory(() => false);

  it('lays blocks against the end of their page and keeps natural alignment', () => {
    for (const [size, alignment, slack] of [
      [4, 4, 0],
      [24, 8, 0],
      [48, 16, 0],
      [20, 8, 4],
      [5000, 8, 0],
    ] as const) {
      const address = memory.allocate(size, 0);
      expect(Number(address) % alignment, `${size}`).toBe(0);
      expect((Number(address) + size + slack) % realMemory().pageSize, `${size}`).toBe(0);
    }
    expect(Number(memory.allocate(8, 0, undefined, 64)) % 64).toBe(0);
  });

  it('tells where bytes around a block changed', () => {
    const address = memory.allocate(20, 0xaa);
    expect(memory.overrun(address)).toBeNull();
    expect(realMemory().write(Number(address) + 21, new Uint8Array([1]))).toBe(true);
    expect(memory.overrun(address)).toEqual({ offset: 21 });
    const other = memory.allocate(32, 0);
    realMemory().write(Number(other) - 3, new Uint8Array([1]));
    expect(memory.overrun(other)).toEqual({ offset: -3 });
  });

  it('takes access away with the block, before and behind it, and from what is read-only', () => {
    const address = Number(memory.allocate(64, 7));
    expect(realMemory().read(address, 64)).toEqual(new Uint8Array(64).fill(7));
    expect(realMemory().read(address + 64, 1)).toBeNull();
    expect(realMemory().read(address + 64 - realMemory().pageSize - 1, 1)).toBeNull();
    memory.reclaim(BigInt(address));
    expect(realMemory().read(address, 1)).toBeNull();
    const constant = Number(memory.allocate(16, 1, 'read-only'));
    expect(realMemory().write(constant, new Uint8Array(1))).toBe(false);
  });

  it('gives no address twice until a thousand others were given back', () => {
    const recent: bigint[] = [];
    // Most of the first arena is in use: what is given back must rest all the same.
    for (let i = 0; i < 4000; i += 1) memory.allocate(8, 0);
    for (let i = 0; i < 3000; i += 1) {
      const address = memory.allocate(8, 0);
      expect(address !== 0n && !recent.includes(address), `allocation ${i}`).toBe(true);
      memory.reclaim(address);
      recent.push(address);
      if (recent.length > 1000) recent.shift();
    }
  });

  it('has map objects with the slot at any offset, readable there and nowhere else', () => {
    for (const offset of [0, 176, 4093, 0x1234_5678]) {
      const object = Number(memory.allocateMapObject(offset, 0x1122n));
      const slot = realMemory().read(object + offset, 8);
      expect(slot, `${offset}`).toEqual(new Uint8Array([0x22, 0x11, 0, 0, 0, 0, 0, 0]));
      expect(realMemory().write(object + offset, new Uint8Array(8))).toBe(false);
      memory.reclaim(BigInt(object));
      expect(realMemory().read(object + offset, 8)).toBeNull();
    }
  });

  it('hides addresses in bytes and puts them back', () => {
    const address = memory.allocate(8, 0);
    const bytes = new Uint8Array(16).fill(9);
    new DataView(bytes.buffer).setBigUint64(8, address, true);
    memory.mask.reset();
    const hidden = memory.mask.hide(bytes);
    expect(Buffer.from(hidden).toString('hex')).toBe('0909090909090909b10c000000000001');
    expect(memory.mask.reveal(hidden)).toEqual(bytes);
    expect(memory.mask.hide(hidden)).toEqual(hidden);
    const part = memory.mask.hide(bytes.slice(8, 12), bytes);
    expect(Buffer.from(part).toString('hex')).toBe('b10c0000');
    expect(memory.mask.hideText(`at 0x${address.toString(16)} of 0x3ffff0`)).toBe(
      'at <address> of 0x3ffff0',
    );
  });
});

describe('buffers of a call', () => {
  const buffers = new CallBuffers();
  const page = realMemory().pageSize;

  it('end where their page ends and cannot be written when const', () => {
    const key = buffers.lendConst('key', new Uint8Array([1, 2, 3, 4, 5]));
    expect((Number(key.address) + 5) % page).toBe(0);
    expect(realMemory().read(Number(key.address), 5)).toEqual(new Uint8Array([1, 2, 3, 4, 5]));
    expect(realMemory().read(Number(key.address) + 5, 1)).toBeNull();
    expect(realMemory().write(Number(key.address), new Uint8Array(1))).toBe(false);
    const odd = buffers.lendConst('key', new Uint8Array(8), true);
    expect(Number(odd.address) % 2).toBe(1);
    buffers.retire('test', [key, odd]);
    expect(realMemory().read(Number(key.address), 2)).toEqual(new Uint8Array([0xb1, 0xb1]));
  });

  it('show what was written before them, beside a box, and after their call', () => {
    const out = buffers.lendOut('out_value', new Uint8Array(8));
    expect(buffers.inspect(out)).toEqual([]);
    realMemory().write(Number(out.address) - 1, new Uint8Array(1));
    expect(buffers.inspect(out)).toEqual([{ what: 'overrun', buffer: 'out_value', offset: -1 }]);
    const box = buffers.lendBox('actual_value_size', new Uint8Array(4));
    realMemory().write(Number(box.address), new Uint8Array(8));
    expect(buffers.inspect(box)).toEqual([
      { what: 'overrun', buffer: 'actual_value_size', offset: 4 },
    ]);
    buffers.retire('find', [out, box]);
    expect(buffers.written()).toEqual([]);
    realMemory().write(Number(out.address), new Uint8Array(2));
    expect(buffers.written()).toEqual([
      { what: 'kept', buffer: 'out_value', callback: 'find', how: 'written' },
    ]);
    buffers.reset();
  });

  it('lie between guard bytes when relaxed, const ones open or only longer', () => {
    const real = realMemory();
    buffers.relax({ buffers: 'all', access: 'open' });
    const key = buffers.lendConst('key', new Uint8Array([1, 2, 3, 4]));
    expect((Number(key.address) + 4) % page).toBe(0);
    expect(buffers.inspect(key)).toEqual([]);
    for (const [offset, damage] of [
      [0, { what: 'modified', buffer: 'key' }],
      [4, { what: 'overrun', buffer: 'key', offset: 4 }],
      [-1, { what: 'overrun', buffer: 'key', offset: -1 }],
    ] as const) {
      const before = real.read(Number(key.address) + offset, 1)!;
      expect(real.write(Number(key.address) + offset, new Uint8Array([9])), `${offset}`).toBe(true);
      expect(buffers.inspect(key)).toEqual([damage]);
      real.write(Number(key.address) + offset, before);
    }
    buffers.relax({ buffers: 'key', access: 'longer' });
    const longer = buffers.lendConst('key', new Uint8Array(4));
    expect(real.read(Number(longer.address) + 4, page)).not.toBeNull();
    expect(real.write(Number(longer.address), new Uint8Array(1))).toBe(false);
    const value = buffers.lendConst('value', new Uint8Array(4));
    expect(real.read(Number(value.address) + 4, 1)).toBeNull();
    buffers.retire('test', [key, longer, value]);
    buffers.reset();
    const usual = buffers.lendConst('key', new Uint8Array(4));
    expect(real.read(Number(usual.address) + 4, 1)).toBeNull();
    buffers.reset();
  });

  it('are told to be released while their call goes on, and no longer', () => {
    const value = buffers.lendConst('value', new Uint8Array(4));
    expect(buffers.release(value.address)).toBe(false);
    buffers.watch([value]);
    expect(buffers.release(value.address + 4n)).toBe(false);
    expect(buffers.release(value.address)).toBe(true);
    expect(buffers.inspect(value)).toEqual([{ what: 'released', buffer: 'value' }]);
    buffers.retire('test', [value]);
    expect(buffers.release(value.address)).toBe(false);
    buffers.reset();
  });

  it('are there for values beyond a page and for calls nested deeply', () => {
    const large = buffers.lendConst('value', new Uint8Array(3 * page).fill(3));
    expect(realMemory().read(Number(large.address) + 3 * page - 1, 1)).toEqual(new Uint8Array([3]));
    expect(realMemory().read(Number(large.address) + 3 * page, 1)).toBeNull();
    const many = Array.from({ length: 300 }, () => buffers.lendOut('out_value', new Uint8Array(8)));
    expect(new Set(many.map(({ address }) => address)).size).toBe(300);
    buffers.reset();
  });
});
