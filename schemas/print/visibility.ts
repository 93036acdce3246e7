import { SymbolVisibility } from '@bufbuild/protobuf/wkt';

/** The keyword that edition 2024 allows before `message` and `enum`, or nothing. */
export function visibility(value: SymbolVisibility): string {
  switch (value) {
    case SymbolVisibility.VISIBILITY_EXPORT:
      return 'export ';
    case SymbolVisibility.VISIBILITY_LOCAL:
      return 'local ';
    default:
      return '';
  }
}
