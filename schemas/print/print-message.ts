import type { DescMessage, DescOneof } from '@bufbuild/protobuf';
import {
  ExtensionRangeOptionsSchema,
  MessageOptionsSchema,
  OneofOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import { block, statement } from './block.ts';
import type { PrintContext } from './context.ts';
import { groupsOf } from './groups.ts';
import { printEnum } from './print-enum.ts';
import { printExtensions } from './print-extensions.ts';
import { printField } from './print-field.ts';
import { printOptionStatements, printOptions } from './print-options.ts';
import { printRange, printReserved } from './print-reserved.ts';
import { visibility } from './visibility.ts';

const MAX_FIELD_NUMBER = 2 ** 29 - 1;

interface MessageToPrint {
  readonly desc: DescMessage;
  readonly path: readonly number[];
}

/** One message, with everything nested in it. */
export function printMessage(context: PrintContext, { desc, path }: MessageToPrint): string[] {
  return block(
    `${visibility(desc.proto.visibility)}message ${desc.name}`,
    messageBody(context, { desc, path }),
    context.comments(path),
  );
}

/** What stands between the braces of a message, or of a group, which is a field and a message in one. */
export function messageBody(context: PrintContext, { desc, path }: MessageToPrint): string[][] {
  const groups = groupsOf([...desc.fields, ...desc.nestedExtensions]);
  return [
    printOptionStatements(context, {
      schema: MessageOptionsSchema,
      message: desc.proto.options,
      element: `message ${desc.typeName}`,
    }),
    ...desc.nestedEnums.map((nested, index) =>
      printEnum(context, { desc: nested, path: [...path, 4, index] }),
    ),
    // Entry types of maps are not among the nested messages, but they do count in the path.
    ...desc.nestedMessages
      .filter((nested) => !groups.has(nested))
      .map((nested) =>
        printMessage(context, {
          desc: nested,
          path: [...path, 3, desc.proto.nestedType.indexOf(nested.proto)],
        }),
      ),
    members(context, { desc, path }),
    extensionRanges(context, { desc, path }),
    printReserved(context, {
      ranges: desc.proto.reservedRange.map(({ start, end }) => ({ start, last: end - 1 })),
      names: desc.proto.reservedName,
      max: MAX_FIELD_NUMBER,
    }),
    ...printExtensions(context, {
      extensions: desc.nestedExtensions,
      path: [...path, 6],
      scope: desc.typeName,
    }),
  ];
}

/** Fields in the order of the descriptor; a oneof stands where its first field does. */
function members(context: PrintContext, { desc, path }: MessageToPrint): string[] {
  return desc.members.flatMap((member) => {
    if (member.kind === 'oneof') {
      return printOneof(context, { oneof: member, path });
    }
    return printField(context, {
      desc: member,
      path: [...path, 2, desc.fields.indexOf(member)],
      scope: desc.typeName,
    });
  });
}

function printOneof(
  context: PrintContext,
  { oneof, path }: { oneof: DescOneof; path: readonly number[] },
): string[] {
  const { parent } = oneof;
  return block(
    `oneof ${oneof.name}`,
    [
      printOptionStatements(context, {
        schema: OneofOptionsSchema,
        message: oneof.proto.options,
        element: `oneof ${parent.typeName}.${oneof.name}`,
      }),
      oneof.fields.flatMap((field) =>
        printField(context, {
          desc: field,
          path: [...path, 2, parent.fields.indexOf(field)],
          scope: parent.typeName,
        }),
      ),
    ],
    context.comments([...path, 8, parent.proto.oneofDecl.indexOf(oneof.proto)]),
  );
}

function extensionRanges(context: PrintContext, { desc, path }: MessageToPrint): string[] {
  return desc.proto.extensionRange.flatMap(({ start, end, options }, index) =>
    statement(
      `extensions ${printRange({ start, last: end - 1 }, MAX_FIELD_NUMBER)}`,
      printOptions(context, {
        schema: ExtensionRangeOptionsSchema,
        message: options,
        element: `an extension range of ${desc.typeName}`,
      }),
      context.comments([...path, 5, index]),
    ),
  );
}
