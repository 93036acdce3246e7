import { expect, it } from 'vitest';
import { grpcContentType } from './content-type.ts';

it.each([
  ['application/grpc', ['grpc', false, 'proto', 'application/grpc']],
  ['application/grpc+proto', ['grpc', false, 'proto', 'application/grpc+proto']],
  ['application/grpc+json', ['grpc', false, 'json', 'application/grpc+json']],
  ['application/grpc; charset=utf-8', ['grpc', false, 'proto', 'application/grpc']],
  ['application/grpc+thrift', ['grpc', false, undefined, 'application/grpc+thrift']],
  ['Application/GRPC-Web', ['grpc-web', false, 'proto', 'application/grpc-web']],
  ['application/grpc-web-text+proto', ['grpc-web', true, 'proto', 'application/grpc-web-text+proto']],
])('%s', (given, expected) => {
  const type = grpcContentType(given);
  expect([type?.dialect, type?.text, type?.codec?.name, type?.value]).toEqual(expected);
});

it.each([
  undefined,
  '',
  'application/json',
  'application/grpcfoo',
  'application/grpc-websocket',
  'text/grpc',
])('%j is none', (given) => {
  expect(grpcContentType(given)).toBeUndefined();
});
