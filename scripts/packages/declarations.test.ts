import { expect, it } from 'vitest';
import { readDeclarations } from './declarations.ts';

it('tells what a file declares and what it passes on', () => {
  const { declared, passedOn } = readDeclarations(`
/** A thing; { not a block. */
export interface Thing<T> {
    /** Its name. */
    readonly name: 'a;b}' | T; // no more
    make(options: {
        size: number;
    }): void;
}
export declare function make(one: string): Thing<string>;
export declare function make(one: number): Thing<number>;
export type Names = 'a' | 'b';
export declare const limits: {
    readonly most: 5;
};
declare class Hidden {
    #private;
}
export { type Other, other as another } from './other.ts';
export type { More } from './more.ts';
export {};
`);
  expect([...declared.keys()]).toEqual(['Thing', 'make', 'Names', 'limits', 'Hidden']);
  expect(declared.get('Thing')).toBe(
    "export interface Thing<T> {\n    readonly name: 'a;b}' | T; \n    make(options: {\n        size: number;\n    }): void;\n}",
  );
  expect(declared.get('make')?.split('\n')).toHaveLength(2);
  expect(Object.fromEntries(passedOn)).toEqual({
    Other: { file: './other.ts', name: 'Other' },
    another: { file: './other.ts', name: 'other' },
    More: { file: './more.ts', name: 'More' },
  });
});
