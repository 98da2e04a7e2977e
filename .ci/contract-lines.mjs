/**
 * Where the sources of the rules stand in the contract's repository, as
 * harness/abi/contract-lines.json:
 *     node .ci/contract-lines.mjs FOLDER
 * FOLDER is a clone of microsoft/ebpf-for-windows that has the commit of requirements.json. To be
 * run again whenever that commit or a source changes.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const root = path.dirname(import.meta.dirname);
const { meta, requirements } = JSON.parse(
  readFileSync(path.join(root, 'harness/abi/requirements.json'), 'utf8'),
);
const commit = meta.spec_commit;
const git = (...given) =>
  execFileSync('git', ['-C', process.argv[2], ...given], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });

const files = git('ls-tree', '-r', '--name-only', commit).split('\n');
const texts = new Map();
const linesOf = (file) => {
  if (!texts.has(file)) texts.set(file, git('show', `${commit}:${file}`).split('\n'));
  return texts.get(file);
};

/** The one file of that name or path; null where there is none, or several. */
const fileOf = (name) => {
  const found = files.filter((file) => file === name || file.endsWith(`/${name}`));
  return files.includes(name) ? name : found.length === 1 ? found[0] : null;
};

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A heading and the lines under it, up to the next heading of its rank. */
const section = (file, wanted) => {
  const lines = linesOf(file);
  const plain = wanted
    .replace(/ \([^)]*\)$/, '')
    .replace(/ (note|table|step \d|item \d|option \d)$/, '');
  const name = plain.split(' / ')[0];
  const isSame = (line) => {
    const [, title = ''] = /^#+\s+(.*?)\s*$/.exec(line) ?? [];
    const bare = title.replace(/[`*]/g, '');
    return /^[\d.]+$/.test(name)
      ? new RegExp(`^${escaped(name)}\\.?\\s`).test(bare)
      : bare.toLowerCase().includes(name.toLowerCase());
  };
  const from = lines.findIndex(isSame);
  if (from < 0) return null;
  const rank = /^#+/.exec(lines[from])[0].length;
  const next = lines.findIndex((line, at) => at > from && new RegExp(`^#{1,${rank}} `).test(line));
  const end = next < 0 ? lines.length : next;
  return [from + 1, end];
};

/** Whether a body follows the head of a function, not the end of a declaration. */
const hasBody = (lines, at) => {
  const head = lines.slice(at, at + 12).join('\n');
  return head.includes('\n{') && !head.slice(0, head.indexOf('\n{')).includes(';');
};

/** Where a name is defined. Annotations and words of prose name no line. */
const definition = (file, words) => {
  const lines = linesOf(file);
  const [name = ''] = /^(?!_(?:In|Out|Outptr|Post|Ret)_)\w{6,}/.exec(words) ?? [];
  if (!/_|^Nmr/.test(name) || /^(actual_value_size|pre_free|ebpf_object)$/.test(name)) return null;
  const ways = [
    (line, at) => line.startsWith(`${name}(`) && hasBody(lines, at),
    (line) => new RegExp(`^(typedef )?(struct|enum) ${name}\\b`).test(line),
    (line) =>
      new RegExp(`\\(\\*? ?${name}\\)|^} ${name};|\\b${name}\\[|#define ${name}\\b`).test(line),
    (line) => new RegExp(`\\b${name}\\(`).test(line),
    (line) => new RegExp(`\\b${name}\\b`).test(line),
  ];
  for (const way of ways) {
    const at = lines.findIndex(way);
    if (at >= 0) return [at + 1, at + 1];
  }
  return null;
};

const placed = {};
for (const { source } of requirements) {
  let before = null;
  for (const part of source.split('; ')) {
    const [, name, mark, rest = ''] = /^([\w/]+\.(?:md|h|c|cpp))(?:([#:])(.*))?$/.exec(part) ?? [];
    const file = name ? fileOf(name) : before;
    if (name) before = file?.endsWith('.md') ? file : null;
    if (!file) continue;
    const found =
      mark === '#' || !name ? section(file, name ? rest : part) : definition(file, rest);
    if (!found && !name) continue;
    const [from, to] = found ?? [];
    const lines = from === undefined ? '' : from === to ? `#L${from}` : `#L${from}-L${to}`;
    placed[part] = `${file}${lines}`;
  }
}
const sorted = Object.fromEntries(Object.entries(placed).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(
  path.join(root, 'harness/abi/contract-lines.json'),
  `${JSON.stringify({ commit, sources: sorted }, null, 2)}\n`,
);
process.stdout.write(`${Object.keys(sorted).length} sources placed\n`);
