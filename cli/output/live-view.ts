import type { Output } from './output.ts';

const cursorHome = '\u001b[H';
const clearToLineEnd = '\u001b[K';
const clearBelow = '\u001b[J';
const clearAll = '\u001b[2J';

/** Lines that take the place of those before: drawn over them on a terminal, written after them elsewhere. */
export function createLiveView(output: Output): (lines: readonly string[]) => void {
  let drawn = false;
  return (lines) => {
    if (!output.isTerminal) {
      if (drawn) output.line();
      for (const line of lines) output.line(line);
      drawn = true;
      return;
    }
    // The last line stays free: writing there would scroll.
    const shown = lines.slice(0, Math.max(1, (output.height ?? lines.length + 1) - 1));
    const text = shown.map((line) => `${line}${clearToLineEnd}\n`).join('');
    output.write(`${drawn ? '' : clearAll}${cursorHome}${text}${clearBelow}`);
    drawn = true;
  };
}
