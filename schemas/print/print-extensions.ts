import type { DescExtension } from '@bufbuild/protobuf';
import { block } from './block.ts';
import type { PrintContext } from './context.ts';
import { printField } from './print-field.ts';
import { relativeTypeName } from './type-name.ts';

/** The extensions of a file or message as `extend` blocks: one block per run of the same extended message. */
export function printExtensions(
  context: PrintContext,
  {
    extensions,
    path,
    scope,
  }: { extensions: readonly DescExtension[]; path: readonly number[]; scope: string },
): string[][] {
  const runs: { extendee: string; lines: string[] }[] = [];
  extensions.forEach((extension, index) => {
    const extendee = relativeTypeName(extension.extendee.typeName, scope, context.symbols);
    const lines = printField(context, { desc: extension, path: [...path, index], scope });
    const last = runs.at(-1);
    if (last?.extendee === extendee) {
      last.lines.push(...lines);
    } else {
      runs.push({ extendee, lines });
    }
  });
  return runs.map(({ extendee, lines }) =>
    block(`extend ${extendee}`, [lines], { leading: [], trailing: [] }),
  );
}
