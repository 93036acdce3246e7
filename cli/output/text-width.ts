import { stripVTControlCharacters } from 'node:util';

/** Columns that text takes in a terminal, colours aside. Wide East Asian characters and emoji take two. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += characterWidth(character);
  return width;
}

/** Text of at most `width` columns, its beginning or its end; what is left out is shown by `…`. */
export function shorten(text: string, width: number, keep: 'start' | 'end' = 'start'): string {
  if (textWidth(text) <= width) return text;
  const characters = keep === 'start' ? [...text] : [...text].reverse();
  const taken: string[] = [];
  let left = width - 1;
  for (const character of characters) {
    left -= characterWidth(character);
    if (left < 0) break;
    taken.push(character);
  }
  return keep === 'start' ? `${taken.join('')}…` : `…${taken.reverse().join('')}`;
}

const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u;
const combining = /\p{Mark}|[\u200B-\u200D]|\uFE0F/u;

function characterWidth(character: string): number {
  if (character < '\u0300') return 1;
  if (combining.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
