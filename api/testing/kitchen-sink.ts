import { readFileSync } from 'node:fs';
import type { DescMessage, DescMethod, DescService, FileRegistry } from '@bufbuild/protobuf';
import { buildRegistry } from './build-registry.ts';

/** The descriptors of kitchen-sink.proto, with shorthands for its types. */
export interface KitchenSink {
  readonly registry: FileRegistry;
  readonly service: DescService;
  message(name: string): DescMessage;
  method(name: string): DescMethod;
}

export function loadKitchenSink(): KitchenSink {
  const source = readFileSync(new URL('kitchen-sink.proto', import.meta.url), 'utf8');
  const registry = buildRegistry({ 'test/sink/v1/kitchen-sink.proto': source });
  const service = known(registry.getService('test.sink.v1.SinkService'), 'SinkService');
  return {
    registry,
    service,
    message: (name) => known(registry.getMessage(`test.sink.v1.${name}`), name),
    method: (name) =>
      known(
        service.methods.find((method) => method.name === name),
        name,
      ),
  };
}

function known<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`kitchen-sink.proto has no ${name}`);
  return value;
}
