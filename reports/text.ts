/** Lines of 80 columns with labels at their left. */
import wrapAnsi from 'wrap-ansi';

export const WIDTH = 80;
export const LABEL_WIDTH = 10;

/** The same of a line whose own margin counts. */
export const hanging = (line: string, indent: number): string =>
  wrapAnsi(line, WIDTH - indent, { hard: true, trim: false })
    .split('\n')
    .join(`\n${' '.repeat(indent)}`);

/** Text broken at the width, later lines indented. */
export const wrapped = (text: string, indent: number): string =>
  wrapAnsi(text, WIDTH - indent, { hard: true })
    .split('\n')
    .join(`\n${' '.repeat(indent)}`);

/** `  Label     text`, the text in a column of its own. */
export const labelled = (label: string, text: string, margin = '  '): string =>
  margin + label.padEnd(LABEL_WIDTH) + wrapped(text, margin.length + LABEL_WIDTH);
