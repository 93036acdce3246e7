import type { DescEnum } from '@bufbuild/protobuf';
import { EnumOptionsSchema, EnumValueOptionsSchema } from '@bufbuild/protobuf/wkt';
import { block, statement } from './block.ts';
import type { PrintContext } from './context.ts';
import { printOptionStatements, printOptions } from './print-options.ts';
import { printReserved } from './print-reserved.ts';
import { visibility } from './visibility.ts';

const MAX_ENUM_NUMBER = 2 ** 31 - 1;

/** One enum, with its values, options and reserved ranges. */
export function printEnum(
  context: PrintContext,
  { desc, path }: { desc: DescEnum; path: readonly number[] },
): string[] {
  const { proto } = desc;
  const values = proto.value.flatMap((value, index) =>
    statement(
      `${value.name} = ${value.number}`,
      printOptions(context, {
        schema: EnumValueOptionsSchema,
        message: value.options,
        element: `enum value ${desc.typeName}.${value.name}`,
      }),
      context.comments([...path, 2, index]),
    ),
  );
  return block(
    `${visibility(proto.visibility)}enum ${proto.name}`,
    [
      printOptionStatements(context, {
        schema: EnumOptionsSchema,
        message: proto.options,
        element: `enum ${desc.typeName}`,
      }),
      values,
      printReserved(context, {
        // A descriptor includes the end of an enum's range and excludes that of a message's.
        ranges: proto.reservedRange.map(({ start, end }) => ({ start, last: end })),
        names: proto.reservedName,
        max: MAX_ENUM_NUMBER,
      }),
    ],
    context.comments(path),
  );
}
