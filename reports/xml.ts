/** Text made fit for XML. Undrawable characters are spelled out before (harness/trace). */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#xA;',
};

/** Text for an attribute in double quotes. */
export const attribute = (text: string): string =>
  text.replace(/[&<>"\n]/g, (character) => ENTITIES[character] ?? '');

/** Text for the content of an element. */
export const content = (text: string): string =>
  text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? '');
