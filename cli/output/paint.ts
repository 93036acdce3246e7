import { styleText } from 'node:util';

/** How to mark text: with colours on a terminal, not at all elsewhere. */
export interface Paint {
  title(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  dim(text: string): string;
}

export function createPaint(colours: boolean): Paint {
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    colours ? styleText(format, text, { validateStream: false }) : text;
  return {
    title: style('bold'),
    good: style('green'),
    bad: style('red'),
    warn: style('yellow'),
    dim: style('dim'),
  };
}
