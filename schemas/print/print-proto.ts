import type { DescFile } from '@bufbuild/protobuf';
import { Edition, FileOptionsSchema } from '@bufbuild/protobuf/wkt';
import { createContext, type PrintContext } from './context.ts';
import { groupsOf } from './groups.ts';
import { printEnum } from './print-enum.ts';
import { printExtensions } from './print-extensions.ts';
import { printMessage } from './print-message.ts';
import { printOptions } from './print-options.ts';
import { printService } from './print-service.ts';

/**
 * The .proto source of one file. Compiling the result gives the same descriptor again: names, numbers,
 * defaults, reserved and extension ranges, and custom options are kept. Comments are kept when the
 * descriptor carries source information. Definitions come out in the order enums, messages, extensions,
 * services, since a descriptor does not record how its source interleaved them.
 *
 * Throws an Error naming the element when an option cannot be resolved, which means that the file
 * declaring that option is not among the file's imports.
 */
export function printProto(file: DescFile): string {
  const context = createContext(file);
  const { proto } = file;
  const groups = groupsOf(file.extensions);
  const sections = [
    [...context.comments([12]).leading, syntaxLine(context)],
    proto.package === '' ? [] : [...context.comments([2]).leading, `package ${proto.package};`],
    imports(context, file),
    fileOptions(context, file),
    ...file.enums.map((desc, index) => printEnum(context, { desc, path: [5, index] })),
    ...file.messages
      .map((desc, index) => ({ desc, path: [4, index] }))
      .filter(({ desc }) => !groups.has(desc))
      .map((message) => printMessage(context, message)),
    ...printExtensions(context, { extensions: file.extensions, path: [7], scope: proto.package }),
    ...file.services.map((desc, index) => printService(context, { desc, path: [6, index] })),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n').trimEnd()}\n`)
    .join('\n');
}

function syntaxLine({ syntax, edition }: PrintContext): string {
  return syntax === 'editions'
    ? `edition = "${Edition[edition].replace('EDITION_', '')}";`
    : `syntax = "${syntax}";`;
}

function fileOptions(context: PrintContext, { proto }: DescFile): string[] {
  const options = printOptions(context, {
    schema: FileOptionsSchema,
    message: proto.options,
    element: `file ${proto.name}`,
  });
  return options.sort().flatMap((option) => `option ${option};`.split('\n'));
}

function imports(context: PrintContext, { proto }: DescFile): string[] {
  const modifier = (index: number) => {
    if (proto.publicDependency.includes(index)) {
      return 'public ';
    }
    return proto.weakDependency.includes(index) ? 'weak ' : '';
  };
  return [
    ...proto.dependency.flatMap((path, index) => [
      ...context.comments([3, index]).leading,
      `import ${modifier(index)}"${path}";`,
    ]),
    ...proto.optionDependency.map((path) => `import option "${path}";`),
  ];
}
