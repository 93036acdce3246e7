import { create, type DescFile, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import {
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from '@busline/schemas/grpc/reflection/v1/reflection';
import { Code } from '@connectrpc/connect';
import { type SymbolIndex, withImports } from './symbol-index.ts';

type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']>;

/**
 * Answers one request of the reflection protocol (grpc/reflection/v1/reflection.proto). What is not there is an error
 * in the answer, never of the call: the client goes on asking.
 */
export function answerReflection(
  index: SymbolIndex,
  request: ServerReflectionRequest,
): ServerReflectionResponse {
  return create(ServerReflectionResponseSchema, {
    validHost: request.host,
    originalRequest: request,
    messageResponse: answerTo(index, request),
  });
}

function answerTo(index: SymbolIndex, { messageRequest }: ServerReflectionRequest): Answer {
  switch (messageRequest.case) {
    case 'fileByFilename':
      return files(index.file(messageRequest.value), `file ${messageRequest.value}`);
    case 'fileContainingSymbol':
      return files(index.fileOfSymbol(messageRequest.value), `symbol ${messageRequest.value}`);
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = messageRequest.value;
      const extension = index.extensionsOf(containingType).get(extensionNumber);
      return files(extension?.file, `extension ${extensionNumber} of ${containingType}`);
    }
    case 'allExtensionNumbersOfType': {
      const baseTypeName = messageRequest.value;
      if (!index.hasMessage(baseTypeName)) return notFound(`message ${baseTypeName}`);
      const extensionNumber = [...index.extensionsOf(baseTypeName).keys()].sort((a, b) => a - b);
      return { case: 'allExtensionNumbersResponse', value: { baseTypeName, extensionNumber } };
    }
    case 'listServices':
      return {
        case: 'listServicesResponse',
        value: { service: index.services.map((name) => ({ name })) },
      };
    case undefined:
      return error(Code.InvalidArgument, 'the request asks for nothing: set one of message_request');
  }
}

/** With everything it imports, so that one answer is enough to use it. */
function files(file: DescFile | undefined, what: string): Answer {
  if (file === undefined) return notFound(what);
  const fileDescriptorProto = [...withImports(file)].map(({ proto }) =>
    toBinary(FileDescriptorProtoSchema, proto),
  );
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

function notFound(what: string): Answer {
  return error(Code.NotFound, `${what} is not known: no service that has joined the bus declares it`);
}

function error(errorCode: Code, errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode, errorMessage } };
}
