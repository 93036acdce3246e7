// A table, long because each row is a pair of contracts that we and buf must judge alike.

/** A change of a contract, and what breaks by it. */
export interface ContractChange {
  readonly name: string;
  /** Sources without the package, which each case has to itself. */
  readonly before: string;
  readonly after: string;
  /**
   * What breaks, as `RULE Element number` with short names: `FIELD_SAME_NAME Request 1`, `RPC_SAME_REQUEST_TYPE S.Call`.
   * Both we and buf must say so, except for what follows.
   */
  readonly breaks: readonly string[];
  /** What buf reports besides, of types that no call carries. */
  readonly unreachable?: readonly string[];
  /** What buf calls an element otherwise: it reports the entries of a map, which no author has written. */
  readonly bufName?: readonly [ours: string, bufs: string];
}

const service = 'service S { rpc Call(Request) returns (Response); }\nmessage Response {}\n';
const proto3 = (body: string): string => `syntax = "proto3";\npackage PACKAGE;\n${body}`;
const proto2 = (body: string): string => `syntax = "proto2";\npackage PACKAGE;\n${service}${body}`;
const edition = (body: string): string => `edition = "2023";\npackage PACKAGE;\n${service}${body}`;

type Details = Pick<ContractChange, 'unreachable' | 'bufName'>;
type Breaks = string | readonly string[];
const list = (breaks: Breaks): readonly string[] => (typeof breaks === 'string' ? [breaks] : breaks);

/** A change inside the request message. */
function fields(
  name: string,
  before: string,
  after: string,
  breaks: Breaks,
  details: Details = {},
): ContractChange {
  const message = (body: string) => proto3(`${service}message Request { ${body} }\n${types}`);
  return { name, before: message(before), after: message(after), breaks: list(breaks), ...details };
}

/** A change of anything else. */
function bodies(
  name: string,
  before: string,
  after: string,
  breaks: Breaks,
  details: Details = {},
): ContractChange {
  return { name, before: proto3(before), after: proto3(after), breaks: list(breaks), ...details };
}

function sources(
  name: string,
  before: string,
  after: string,
  breaks: Breaks,
  details: Details = {},
): ContractChange {
  return { name, before, after, breaks: list(breaks), ...details };
}

/** Types for fields to have. */
const types = `
message One {}
message Two {}
message Holder {
  enum Level { LEVEL_UNSPECIFIED = 0; LEVEL_LOW = 1; LEVEL_HIGH = 2; }
  enum Rank { RANK_UNSPECIFIED = 0; }
}
enum Level { LEVEL_NONE = 0; }
enum Rank { RANK_UNSPECIFIED = 0; RANK_TOP = 1; }
enum Other { OTHER_UNSPECIFIED = 0; }
`;

const enumOf = (values: string): string =>
  `${service}message Request { State state = 1; }\nenum State { STATE_UNSPECIFIED = 0; ${values} }\n`;
const inService = (methods: string): string =>
  `service S { ${methods} }\nmessage Request {}\nmessage Response {}\nmessage Wider { string more = 1; }\n`;

const type = 'FIELD_WIRE_JSON_COMPATIBLE_TYPE Request 1';
const cardinality = 'FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY Request 1';
const fieldNumber = 'FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED Request 1';
const fieldName = 'FIELD_NO_DELETE_UNLESS_NAME_RESERVED Request 1';
const valueNumber = 'ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED State 1';
const valueName = 'ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED State 1';

/** Changes of a contract, breaking and harmless. */
export const contractChanges: readonly ContractChange[] = [
  fields('nothing', 'string a = 1;', 'string a = 1;', []),
  fields('a comment and an option', 'string a = 1;', '/* A. */ string a = 1 [deprecated = true];', []),
  fields('the order of fields', 'string a = 1; int32 b = 2;', 'int32 b = 2; string a = 1;', []),

  fields('a new field', 'string a = 1;', 'string a = 1; string b = 2;', []),
  fields('a new field of a new type', '', 'One one = 1; Level level = 2;', []),
  fields('a deleted field', 'string a = 1;', '', [fieldNumber, fieldName]),
  fields('a deleted field, number reserved', 'string a = 1;', 'reserved 1;', fieldName),
  fields('a deleted field, name reserved', 'string a = 1;', 'reserved "a";', fieldNumber),
  fields('a deleted field, both reserved', 'string a = 1;', 'reserved 1; reserved "a";', []),
  fields('a deleted field, reserved within a range', 'string a = 1;', 'reserved 1 to 9; reserved "a";', []),
  fields('a field that moved to another number', 'string a = 1;', 'string a = 2;', [fieldNumber, fieldName]),
  fields('a renamed field', 'string a = 1;', 'string b = 1;', [
    'FIELD_SAME_NAME Request 1',
    'FIELD_SAME_JSON_NAME Request 1',
  ]),
  fields(
    'a renamed field, JSON name kept',
    'string a = 1;',
    'string b = 1 [json_name = "a"];',
    'FIELD_SAME_NAME Request 1',
  ),
  fields(
    'a new JSON name',
    'string a = 1;',
    'string a = 1 [json_name = "b"];',
    'FIELD_SAME_JSON_NAME Request 1',
  ),
  fields('the JSON name it had anyway', 'string an_id = 1;', 'string an_id = 1 [json_name = "anId"];', []),

  fields('int32 to uint32', 'int32 a = 1;', 'uint32 a = 1;', []),
  fields('int64 to uint64', 'int64 a = 1;', 'uint64 a = 1;', []),
  fields('fixed32 to sfixed32', 'fixed32 a = 1;', 'sfixed32 a = 1;', []),
  fields('sfixed64 to fixed64', 'sfixed64 a = 1;', 'fixed64 a = 1;', []),
  fields('int32 to int64, a string in JSON', 'int32 a = 1;', 'int64 a = 1;', type),
  fields('int32 to sint32', 'int32 a = 1;', 'sint32 a = 1;', type),
  fields('sint32 to sint64', 'sint32 a = 1;', 'sint64 a = 1;', type),
  fields('int32 to bool', 'int32 a = 1;', 'bool a = 1;', type),
  fields('int32 to fixed32', 'int32 a = 1;', 'fixed32 a = 1;', type),
  fields('float to double', 'float a = 1;', 'double a = 1;', type),
  fields('string to bytes', 'string a = 1;', 'bytes a = 1;', type),
  fields('bytes to string', 'bytes a = 1;', 'string a = 1;', type),
  fields('string to message', 'string a = 1;', 'One a = 1;', type),
  fields('enum to int32', 'Level a = 1;', 'int32 a = 1;', type),
  fields('another message', 'One a = 1;', 'Two a = 1;', type),
  fields('another enum', 'Level a = 1;', 'Other a = 1;', type),
  fields('an enum of the same name with more values', 'Holder.Rank a = 1;', 'Rank a = 1;', []),
  fields('an enum of the same name with other values', 'Holder.Level a = 1;', 'Level a = 1;', type),

  fields('single to repeated', 'int32 a = 1;', 'repeated int32 a = 1;', cardinality),
  fields('repeated to single', 'repeated string a = 1;', 'string a = 1;', cardinality),
  fields('implicit to explicit presence', 'int32 a = 1;', 'optional int32 a = 1;', []),
  fields('explicit to implicit presence', 'optional string a = 1;', 'string a = 1;', []),
  fields('unpacked', 'repeated int32 a = 1;', 'repeated int32 a = 1 [packed = false];', []),
  fields('a map of another value type', 'map<string, int32> a = 1;', 'map<string, string> a = 1;', type, {
    bufName: ['Request 1', 'AEntry 2'],
  }),
  fields('a map of another key type', 'map<int32, One> a = 1;', 'map<string, One> a = 1;', type, {
    bufName: ['Request 1', 'AEntry 1'],
  }),
  fields('a map of another message', 'map<string, One> a = 1;', 'map<string, Two> a = 1;', type, {
    bufName: ['Request 1', 'AEntry 2'],
  }),
  fields('a map of a like value type', 'map<string, int32> a = 1;', 'map<string, uint32> a = 1;', []),
  fields('a map to a list', 'map<string, One> a = 1;', 'repeated One a = 1;', [cardinality, type]),

  fields('into a oneof', 'string a = 1;', 'oneof choice { string a = 1; }', 'FIELD_SAME_ONEOF Request 1'),
  fields('out of a oneof', 'oneof choice { string a = 1; }', 'string a = 1;', 'FIELD_SAME_ONEOF Request 1'),
  fields(
    'another oneof',
    'oneof a { string b = 1; }',
    'oneof c { string b = 1; }',
    'FIELD_SAME_ONEOF Request 1',
  ),
  fields('one more in a oneof', 'oneof a { string b = 1; }', 'oneof a { string b = 1; int32 c = 2; }', []),
  fields('one less in a oneof', 'oneof x { string a = 1; int32 c = 2; }', 'oneof x { int32 c = 2; }', [
    fieldNumber,
    fieldName,
  ]),

  fields('a number no longer reserved', 'reserved 4;', '', 'RESERVED_MESSAGE_NO_DELETE Request'),
  fields('a name no longer reserved', 'reserved "a";', '', 'RESERVED_MESSAGE_NO_DELETE Request'),
  fields(
    'a range that shrank',
    'reserved 4 to 9;',
    'reserved 4 to 6, 8 to 9;',
    'RESERVED_MESSAGE_NO_DELETE Request',
  ),
  fields('a range in two parts', 'reserved 4 to 9;', 'reserved 4 to 6, 7 to 9;', []),
  fields('a range that grew', 'reserved 4 to 9;', 'reserved 2 to max;', []),
  fields('a reserved number in use', 'reserved 1;', 'string a = 1;', 'RESERVED_MESSAGE_NO_DELETE Request'),

  bodies('a new enum value', enumOf('STATE_A = 1;'), enumOf('STATE_A = 1; STATE_B = 2;'), []),
  bodies('a deleted enum value', enumOf('STATE_A = 1;'), enumOf(''), [valueNumber, valueName]),
  bodies('a deleted enum value, number reserved', enumOf('STATE_A = 1;'), enumOf('reserved 1;'), valueName),
  bodies(
    'a deleted enum value, name reserved',
    enumOf('STATE_A = 1;'),
    enumOf('reserved "STATE_A";'),
    valueNumber,
  ),
  bodies(
    'a deleted enum value, both reserved',
    enumOf('STATE_A = 1;'),
    enumOf('reserved 1; reserved "STATE_A";'),
    [],
  ),
  bodies(
    'a renamed enum value',
    enumOf('STATE_A = 1;'),
    enumOf('STATE_B = 1;'),
    'ENUM_VALUE_SAME_NAME State 1',
  ),
  bodies(
    'an alias for an enum value',
    enumOf('STATE_A = 1;'),
    enumOf('option allow_alias = true; STATE_A = 1; STATE_B = 1;'),
    [],
  ),
  bodies(
    'an alias less',
    enumOf('option allow_alias = true; STATE_A = 1; STATE_B = 1; STATE_C = 2; STATE_D = 2;'),
    enumOf('option allow_alias = true; STATE_A = 1; STATE_C = 2; STATE_D = 2;'),
    'ENUM_VALUE_SAME_NAME State 1',
  ),
  bodies(
    'enum numbers no longer reserved',
    enumOf('reserved 4 to 6;'),
    enumOf('reserved 4 to 5;'),
    'RESERVED_ENUM_NO_DELETE State',
  ),
  bodies(
    'an enum name no longer reserved',
    enumOf('reserved "STATE_A";'),
    enumOf(''),
    'RESERVED_ENUM_NO_DELETE State',
  ),

  bodies(
    'a new method',
    inService('rpc A(Request) returns (Response);'),
    inService('rpc A(Request) returns (Response); rpc B(Request) returns (Response);'),
    [],
  ),
  bodies(
    'a deleted method',
    inService('rpc A(Request) returns (Response); rpc B(Request) returns (Response);'),
    inService('rpc A(Request) returns (Response);'),
    [],
  ),
  bodies(
    'another request type',
    inService('rpc A(Request) returns (Response);'),
    inService('rpc A(Wider) returns (Response);'),
    'RPC_SAME_REQUEST_TYPE S.A',
  ),
  bodies(
    'another response type',
    inService('rpc A(Request) returns (Response);'),
    inService('rpc A(Request) returns (Wider);'),
    'RPC_SAME_RESPONSE_TYPE S.A',
  ),
  bodies(
    'a request becomes a stream',
    inService('rpc A(Request) returns (Response);'),
    inService('rpc A(stream Request) returns (Response);'),
    'RPC_SAME_CLIENT_STREAMING S.A',
  ),
  bodies(
    'a response is no stream any more',
    inService('rpc A(Request) returns (stream Response);'),
    inService('rpc A(Request) returns (Response);'),
    'RPC_SAME_SERVER_STREAMING S.A',
  ),
  bodies(
    'another idempotency level',
    inService('rpc A(Request) returns (Response) { option idempotency_level = NO_SIDE_EFFECTS; }'),
    inService('rpc A(Request) returns (Response);'),
    'RPC_SAME_IDEMPOTENCY_LEVEL S.A',
  ),

  bodies(
    'a type deep below the response',
    'service S { rpc A(One) returns (One); }\nmessage One { repeated Two two = 1; }\nmessage Two { map<string, Three> three = 1; }\nmessage Three { int32 a = 1; One again = 2; }',
    'service S { rpc A(One) returns (One); }\nmessage One { repeated Two two = 1; }\nmessage Two { map<string, Three> three = 1; }\nmessage Three { string a = 1; One again = 2; }',
    'FIELD_WIRE_JSON_COMPATIBLE_TYPE Three 1',
  ),
  bodies(
    'a type that no call carries',
    inService('rpc A(Request) returns (Response);'),
    inService('rpc A(Request) returns (Response);').replace('string more = 1;', ''),
    [],
    {
      unreachable: [
        'FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED Wider 1',
        'FIELD_NO_DELETE_UNLESS_NAME_RESERVED Wider 1',
      ],
    },
  ),
  bodies(
    'a type that only a deleted method carried',
    inService('rpc A(Request) returns (Response); rpc B(Wider) returns (Response);'),
    inService('rpc A(Request) returns (Response);').replace('string more = 1;', 'int32 more = 1;'),
    'FIELD_WIRE_JSON_COMPATIBLE_TYPE Wider 1',
  ),

  sources(
    'a new required field',
    proto2('message Request {}'),
    proto2('message Request { required int32 a = 1; }'),
    'MESSAGE_SAME_REQUIRED_FIELDS Request 1',
  ),
  sources(
    'a deleted required field',
    proto2('message Request { required int32 a = 1; }'),
    proto2('message Request { reserved 1; reserved "a"; }'),
    'MESSAGE_SAME_REQUIRED_FIELDS Request 1',
  ),
  sources(
    'required to optional',
    proto2('message Request { required int32 a = 1; }'),
    proto2('message Request { optional int32 a = 1; }'),
    ['MESSAGE_SAME_REQUIRED_FIELDS Request 1', cardinality],
  ),
  sources(
    'another default',
    proto2('message Request { optional int32 a = 1 [default = 3]; }'),
    proto2('message Request { optional int32 a = 1 [default = 4]; }'),
    'FIELD_SAME_DEFAULT Request 1',
  ),
  sources(
    'a default less',
    proto2('message Request { optional string a = 1 [default = "x"]; }'),
    proto2('message Request { optional string a = 1; }'),
    'FIELD_SAME_DEFAULT Request 1',
  ),
  sources(
    'the default it had anyway',
    proto2('message Request { optional bool a = 1; }'),
    proto2('message Request { optional bool a = 1 [default = false]; }'),
    [],
  ),
  sources(
    'the same default of a like type',
    proto2('message Request { optional int64 a = 1 [default = 5]; }'),
    proto2('message Request { optional uint64 a = 1 [default = 5]; }'),
    [],
  ),
  sources(
    'another first value of an enum',
    proto2('message Request { optional E a = 1; }\nenum E { X = 1; Y = 2; }'),
    proto2('message Request { optional E a = 1; }\nenum E { Y = 2; X = 1; }'),
    'FIELD_SAME_DEFAULT Request 1',
  ),
  sources(
    'an extension of another type',
    proto2('message Request { extensions 100 to 200; }\nextend Request { optional int32 ext = 100; }'),
    proto2('message Request { extensions 100 to 200; }\nextend Request { optional string ext = 100; }'),
    'FIELD_WIRE_JSON_COMPATIBLE_TYPE extension 100',
  ),
  sources(
    'an extension of another name',
    proto2('message Request { extensions 100 to 200; }\nextend Request { optional int32 ext = 100; }'),
    proto2('message Request { extensions 100 to 200; }\nextend Request { optional int32 other = 100; }'),
    'FIELD_SAME_NAME extension 100',
  ),
  sources(
    'JSON no longer promised',
    edition('message Request { E e = 1; }\nenum E { E_UNSPECIFIED = 0; }'),
    edition(
      'message Request { option features.json_format = LEGACY_BEST_EFFORT; E e = 1; }\nenum E { option features.json_format = LEGACY_BEST_EFFORT; E_UNSPECIFIED = 0; }',
    ),
    ['MESSAGE_SAME_JSON_FORMAT Request', 'ENUM_SAME_JSON_FORMAT E'],
  ),
  sources(
    'proto3 to proto2',
    proto3(`${service}message Request { optional string a = 1; }`),
    proto2('message Request { optional string a = 1; }'),
    ['MESSAGE_SAME_JSON_FORMAT Request', 'MESSAGE_SAME_JSON_FORMAT Response'],
  ),
  sources(
    'a message that becomes delimited',
    edition('message Request { One a = 1; }\nmessage One {}'),
    edition('message Request { One a = 1 [features.message_encoding = DELIMITED]; }\nmessage One {}'),
    type,
  ),
  sources(
    'proto3 to an edition',
    proto3(`${service}message Request { optional string a = 1; repeated int32 b = 2; }`),
    edition('message Request { string a = 1; repeated int32 b = 2; }'),
    [],
  ),
];
