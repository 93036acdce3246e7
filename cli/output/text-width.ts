import { stripVTControlCharacters } from 'node:util';

/** Columns that text takes in a terminal, colours aside. Wide East Asian characters and emoji take two. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += characterWidth(character);
  return width;
}

/** Text of at most `width` columns; what is left out is shown by `…`. Text with colours is not shortened. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width || text !== stripVTControlCharacters(text)) return text;
  let taken = '';
  let left = width - 1;
  for (const character of text) {
    left -= characterWidth(character);
    if (left < 0) break;
    taken += character;
  }
  return `${taken}…`;
}

const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u;
const combining = /\p{Mark}|[\u200B-\u200D]|\uFE0F/u;

function characterWidth(character: string): number {
  if (character < '\u0300') return 1;
  if (combining.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
