/** The sentence that tells a porter from Linux where his number comes from (ENUM-005). */
import { fullName, shortName, word } from './header.ts';
import { bundledMapTypes, linuxIds } from './snapshot.ts';

/**
 * A hint, with a space before it, where `id` is what Linux calls `name` and Windows does not; else
 * nothing.
 */
export function linuxHint(name: string, id: number): string {
  const short = shortName(name);
  if (linuxIds.get(short) !== id) return '';
  const windows = bundledMapTypes.find((type) => type.name === fullName(name));
  if (windows?.id === id) return '';
  const here =
    windows === undefined
      ? 'take the next free id of this header'
      : `on Windows it is ${windows.id}`;
  return ` Linux uses ${id} for ${word(short)}; ${here}.`;
}
