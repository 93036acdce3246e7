import type { DescEnum, DescMessage } from '@bufbuild/protobuf';
import { Edition, type FeatureSet, FeatureSet_JsonFormat } from '@bufbuild/protobuf/wkt';

/** Whether the schema promises that a type has a JSON form: the feature `json_format`, by the innermost that sets it. */
export function promisesJson(type: DescMessage | DescEnum): boolean {
  return jsonFormat(type) === FeatureSet_JsonFormat.ALLOW;
}

function jsonFormat(type: DescMessage | DescEnum): FeatureSet_JsonFormat {
  const own = written(type.proto.options?.features);
  if (own !== undefined) return own;
  if (type.parent !== undefined) return jsonFormat(type.parent);
  const ofEdition =
    type.file.edition === Edition.EDITION_PROTO2
      ? FeatureSet_JsonFormat.LEGACY_BEST_EFFORT
      : FeatureSet_JsonFormat.ALLOW;
  return written(type.file.proto.options?.features) ?? ofEdition;
}

function written(features: FeatureSet | undefined): FeatureSet_JsonFormat | undefined {
  const format = features?.jsonFormat ?? FeatureSet_JsonFormat.JSON_FORMAT_UNKNOWN;
  return format === FeatureSet_JsonFormat.JSON_FORMAT_UNKNOWN ? undefined : format;
}
