import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { MethodOptionsSchema, ServiceOptionsSchema } from '@bufbuild/protobuf/wkt';
import { block, statement } from './block.ts';
import type { PrintContext } from './context.ts';
import { printOptionStatements } from './print-options.ts';
import { relativeTypeName } from './type-name.ts';

/** One service with its methods. */
export function printService(
  context: PrintContext,
  { desc, path }: { desc: DescService; path: readonly number[] },
): string[] {
  return block(
    `service ${desc.name}`,
    [
      printOptionStatements(context, {
        schema: ServiceOptionsSchema,
        message: desc.proto.options,
        element: `service ${desc.typeName}`,
      }),
      ...desc.methods.map((method, index) => printMethod(context, { method, path: [...path, 2, index] })),
    ],
    context.comments(path),
  );
}

function printMethod(
  context: PrintContext,
  { method, path }: { method: DescMethod; path: readonly number[] },
): string[] {
  const { proto, parent } = method;
  const reference = (typeName: string) => relativeTypeName(typeName, parent.typeName, context.symbols);
  const input = `${proto.clientStreaming ? 'stream ' : ''}${reference(method.input.typeName)}`;
  const output = `${proto.serverStreaming ? 'stream ' : ''}${reference(method.output.typeName)}`;
  const head = `rpc ${method.name}(${input}) returns (${output})`;
  if (proto.options === undefined) {
    return statement(head, [], context.comments(path));
  }
  const options = printOptionStatements(context, {
    schema: MethodOptionsSchema,
    message: proto.options,
    element: `method ${parent.typeName}.${method.name}`,
  });
  return block(head, [options], context.comments(path));
}
