import { CommandFailure } from '../program/command-failure.ts';
import { ExitCode } from '../program/exit-code.ts';

/** A name as each place wants it: `order-book` in files, `order_book` in packages, `OrderBook` in types, `orderBook` in code. */
export interface Name {
  readonly kebab: string;
  readonly snake: string;
  readonly pascal: string;
  readonly camel: string;
  /** For sentences. */
  readonly words: string;
}

const mostCharacters = 50;

/** Names that a folder, a package or a type of code cannot have. */
const taken: ReadonlySet<string> = new Set([
  ...[
    'bus',
    'api',
    'busline',
    'google',
    'grpc',
    'buf',
    'gen',
    'third-party',
    'node-modules',
    'test',
    'testing',
  ],
  ...['class', 'default', 'delete', 'enum', 'export', 'function', 'import', 'in', 'new', 'package', 'return'],
  ...[
    'service',
    'message',
    'rpc',
    'stream',
    'option',
    'void',
    'with',
    'object',
    'string',
    'array',
    'date',
    'error',
  ],
]);

/**
 * The name of an application, a service or a worker, written as a folder is: `order-book`.
 *
 * @throws CommandFailure NAME_UNUSABLE that says what is wrong, with a name that is right.
 */
export function folderName(what: string, text: string): Name {
  const right = wordsOf(text).join('-');
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text)) {
    throw unusable(what, text, 'it must be lower-case letters and digits, with dashes between words', right);
  }
  return checked(what, text, nameOf(text.split('-')));
}

/**
 * The name of a method or an event, written as a type is: `PlaceOrder`.
 *
 * @throws CommandFailure NAME_UNUSABLE.
 */
export function typeName(what: string, text: string): Name {
  const words = wordsOf(text);
  const right = nameOf(words).pascal;
  if (!/^[A-Z][A-Za-z0-9]*$/.test(text)) {
    throw unusable(what, text, 'it must be words without spaces, each with a capital', right);
  }
  return checked(what, text, {
    ...nameOf(words),
    pascal: text,
    camel: text.charAt(0).toLowerCase() + text.slice(1),
  });
}

function checked(what: string, text: string, name: Name): Name {
  if (text.length > mostCharacters) {
    throw unusable(what, text, `it has ${text.length} characters, and ${mostCharacters} are the most`, '');
  }
  if (taken.has(name.kebab)) throw unusable(what, text, 'it means something else already', '');
  return name;
}

function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.replace(/^[0-9]+/, ''))
    .filter((word) => word !== '');
}

function nameOf(words: readonly string[]): Name {
  const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return {
    kebab: words.join('-'),
    snake: words.join('_'),
    pascal,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    words: words.join(' '),
  };
}

function unusable(what: string, text: string, why: string, right: string): CommandFailure {
  return new CommandFailure({
    code: 'NAME_UNUSABLE',
    exitCode: ExitCode.usage,
    what: `"${text}" cannot be the name of ${what}`,
    why,
    ...(right !== '' && right !== text && { hint: `call it ${right}` }),
  });
}
