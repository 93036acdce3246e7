import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { toText } from '@bufbuild/protobuf/txtpb';
import type { PrintContext } from './context.ts';

/** The options of one element, with the words that name the element in an error. */
export interface ElementOptions<Schema extends DescMessage> {
  readonly schema: Schema;
  readonly message: MessageShape<Schema> | undefined;
  readonly element: string;
}

/**
 * The options as `name = value`, one string per option, nested values over several lines. Text format and
 * option values share one grammar; only the outermost level differs: `=` for `:` and `(ext)` for `[ext]`.
 */
export function printOptions<Schema extends DescMessage>(
  { registry }: PrintContext,
  { schema, message, element }: ElementOptions<Schema>,
): string[] {
  if (message === undefined) {
    return [];
  }
  const text = toText(schema, message, { registry });
  if (text !== toText(schema, message, { registry, printUnknownFields: true })) {
    throw new Error(
      `Cannot print the options of ${element}: one of them is declared in a file that is not among the imports of the printed file.`,
    );
  }
  return splitEntries(text).map((entry) =>
    entry.replace(/^(?:\[(?<extension>[^\]]+)\]|(?<field>\w+)): /, (_, extension, field) =>
      extension === undefined ? `${field} = ` : `(${extension}) = `,
    ),
  );
}

/** The options as statements of a file, message, enum, oneof, service or method body. */
export function printOptionStatements<Schema extends DescMessage>(
  context: PrintContext,
  options: ElementOptions<Schema>,
): string[] {
  return printOptions(context, options).flatMap((option) => `option ${option};`.split('\n'));
}

/** Top-level entries of text format: a new one starts at each unindented line that does not close a brace. */
function splitEntries(text: string): string[] {
  return text
    .trimEnd()
    .split(/\n(?![ }])/)
    .filter((entry) => entry !== '');
}
