import {
  create,
  createFileRegistry,
  type DescMethod,
  type MessageInitShape,
  setExtension,
} from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  MethodOptionsSchema,
  ServiceOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import {
  file_busline_policy_v1_options,
  method,
  PolicySchema,
  service,
} from '@busline/schemas/busline/policy/v1/options';

export type PolicyInit = MessageInitShape<typeof PolicySchema>;

/** A method with these options, as it comes from the registry: nothing of it known to generated code. */
export function methodWith(own: PolicyInit | undefined, inherited?: PolicyInit): DescMethod {
  const methodOptions = create(MethodOptionsSchema);
  if (own !== undefined) setExtension(methodOptions, method, create(PolicySchema, own));
  const serviceOptions = create(ServiceOptionsSchema);
  if (inherited !== undefined) setExtension(serviceOptions, service, create(PolicySchema, inherited));
  return describedBy(methodOptions, serviceOptions);
}

/** A method with options of any kind. */
export function describedBy(
  options: MessageInitShape<typeof MethodOptionsSchema>,
  serviceOptions: MessageInitShape<typeof ServiceOptionsSchema> = {},
): DescMethod {
  const empty = '.google.protobuf.Empty';
  const file = create(FileDescriptorProtoSchema, {
    name: 'test/policy.proto',
    package: 'test',
    syntax: 'proto3',
    dependency: ['google/protobuf/empty.proto', 'busline/policy/v1/options.proto'],
    service: [
      {
        name: 'Thing',
        method: [{ name: 'Do', inputType: empty, outputType: empty, options }],
        options: serviceOptions,
      },
    ],
  });
  const imports = [
    file_google_protobuf_descriptor,
    file_google_protobuf_duration,
    file_google_protobuf_empty,
    file_busline_policy_v1_options,
  ].map(({ proto }) => proto);
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [...imports, file] }));
  return registry.getService('test.Thing')?.methods[0] as DescMethod;
}
