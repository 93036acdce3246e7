import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import {
  ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from '@busline/schemas/grpc/reflection/v1/reflection';
import {
  ServerReflectionRequestSchema as RequestAlphaSchema,
  ServerReflectionResponseSchema as ResponseAlphaSchema,
  ServerReflection as ServerReflectionAlpha,
} from '@busline/schemas/grpc/reflection/v1alpha/reflection';
import { type LocalService, localService } from '../local/local-service.ts';
import type { RouteTable } from '../route-table.ts';
import { answerReflection } from './answer.ts';
import { type SymbolIndex, symbolIndex } from './symbol-index.ts';

/**
 * gRPC server reflection, v1 and the v1alpha that older clients ask for, over whatever is served at the moment of each
 * request.
 */
export function reflectionServices(table: () => RouteTable): LocalService[] {
  let made: { readonly table: RouteTable; readonly index: SymbolIndex } | undefined;
  const index = (): SymbolIndex => {
    const current = table();
    if (made?.table !== current) {
      const descs = [
        ...current.services.map(({ service }) => service.desc),
        ...current.local.map(({ service }) => service.desc),
      ];
      made = { table: current, index: symbolIndex(descs) };
    }
    return made.index;
  };
  const answer = (request: ServerReflectionRequest) => answerReflection(index(), request);

  return [
    localService(ServerReflection, {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) yield answer(request);
      },
    }),
    localService(ServerReflectionAlpha, {
      // The same messages under another package.
      async *serverReflectionInfo(requests) {
        for await (const request of requests) {
          const asked = recast(RequestAlphaSchema, request, ServerReflectionRequestSchema);
          yield recast(ServerReflectionResponseSchema, answer(asked), ResponseAlphaSchema);
        }
      },
    }),
  ];
}

function recast<From extends DescMessage, To extends DescMessage>(
  from: From,
  message: MessageShape<From>,
  to: To,
): MessageShape<To> {
  return fromBinary(to, toBinary(from, message));
}
