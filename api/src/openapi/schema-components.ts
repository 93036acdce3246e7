import { type DescEnum, type DescMessage, type Registry, toBinary } from '@bufbuild/protobuf';
import { DescriptorProtoSchema, EnumDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { enumSchema } from './enum-schema.ts';
import type { JsonSchema } from './json-schema.ts';
import { messageSchema } from './message-schema.ts';
import { requiredFields } from './required-fields.ts';
import type { TypeScope } from './type-scope.ts';

type DescType = DescMessage | DescEnum;

/** The schemas of all types that a document mentions. */
export interface SchemaComponents {
  /** The scope of one contract. */
  scopeOf(registry: Registry): TypeScope;
  /** By name, those mentioned so far. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

/**
 * Collects schemas under the full names of their types. Contracts that share a type share its schema; where one has
 * another version of it, as while a worker is being replaced, that version gets a number behind its name.
 */
export function createSchemaComponents(): SchemaComponents {
  const schemas: Record<string, JsonSchema> = {};
  const names = new Map<DescType, string>();
  const versions = new Map<string, DescType[]>();

  function nameOf(desc: DescType, add: (name: string) => void): string {
    const known = names.get(desc);
    if (known !== undefined) return known;
    const others = versions.get(desc.typeName) ?? [];
    const same = others.find((other) => isSameType(other, desc, new Set()));
    const name =
      names.get(same ?? desc) ?? `${desc.typeName}${others.length === 0 ? '' : `_${others.length + 1}`}`;
    names.set(desc, name);
    if (same === undefined) {
      versions.set(desc.typeName, [...others, desc]);
      add(name);
    }
    return name;
  }

  return {
    scopeOf(registry) {
      const scope: TypeScope = {
        required: (desc) => requiredFields(desc, registry),
        ref(desc) {
          const name = nameOf(desc, (added) => {
            // Its place is taken first, so that a recursive type finds its name.
            schemas[added] = {};
            schemas[added] = desc.kind === 'enum' ? enumSchema(desc) : messageSchema(desc, scope);
          });
          return { $ref: `#/components/schemas/${name}` };
        },
      };
      return scope;
    },
    get schemas() {
      return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
    },
  };
}

/** Whether two descriptors say the same, down to the types of their fields; comments do not count. */
function isSameType(one: DescType, other: DescType, compared: Set<DescType>): boolean {
  if (one === other || compared.has(one)) return true;
  compared.add(one);
  if (one.kind === 'enum' || other.kind === 'enum') {
    return one.kind === 'enum' && other.kind === 'enum' && areEqual(enumBytes(one), enumBytes(other));
  }
  return (
    areEqual(messageBytes(one), messageBytes(other)) &&
    one.fields.every((field, index) => {
      const counterpart = other.fields[index];
      const type = field.message ?? field.enum;
      const otherType = counterpart?.message ?? counterpart?.enum;
      return type === undefined || (otherType !== undefined && isSameType(type, otherType, compared));
    })
  );
}

function messageBytes({ proto }: DescMessage): Uint8Array {
  return toBinary(DescriptorProtoSchema, proto);
}

function enumBytes({ proto }: DescEnum): Uint8Array {
  return toBinary(EnumDescriptorProtoSchema, proto);
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
