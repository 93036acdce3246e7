/** What one compiled declaration file says, statement by statement. */
export interface DeclarationFile {
  /** Text of what it declares itself, by name, without comments. Overloads follow one another. */
  readonly declared: ReadonlyMap<string, string>;
  /** What it passes on from other files: by the name it has here, the file and the name it has there. */
  readonly passedOn: ReadonlyMap<string, { readonly file: string; readonly name: string }>;
}

const declaration =
  /^(?:export )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface|type|const|let|enum|namespace) ([A-Za-z_$][\w$]*)/;
const reExport = /^export (?:type )?\{([^}]*)\} from ['"]([^'"]+)['"]/;
const ownExport = /^export (?:type )?\{([^}]*)\};?$/;

/** Reads a file that the compiler has written, whose statements are well formed. */
export function readDeclarations(text: string): DeclarationFile {
  const declared = new Map<string, string>();
  const passedOn = new Map<string, { file: string; name: string }>();
  for (const statement of statementsOf(withoutComments(text))) {
    const moved = reExport.exec(statement);
    if (moved !== null) {
      for (const { name, as } of namesIn(moved[1] ?? '')) passedOn.set(as, { file: moved[2] ?? '', name });
      continue;
    }
    if (ownExport.test(statement)) continue;
    const name = declaration.exec(statement)?.[1];
    if (name === undefined) continue;
    const before = declared.get(name);
    declared.set(name, before === undefined ? statement : `${before}\n${statement}`);
  }
  return { declared, passedOn };
}

function namesIn(list: string): { readonly name: string; readonly as: string }[] {
  return list
    .split(',')
    .map((item) => item.trim().replace(/^type /, ''))
    .filter((item) => item !== '')
    .map((item) => {
      const [name = '', as = name] = item.split(' as ');
      return { name, as };
    });
}

/** Statements at the top level: each ends where its brackets are closed and a semicolon, or a block's brace, stands. */
function statementsOf(text: string): string[] {
  const statements: string[] = [];
  let depth = 0;
  let begin = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (letter === "'" || letter === '"' || letter === '`') {
      at = endOfString(text, at);
      continue;
    }
    if ('{(['.includes(letter)) depth++;
    else if ('})]'.includes(letter)) depth--;
    const isBlock =
      letter === '}' &&
      /^\s*(export |declare )*(interface|(abstract )?class|enum|namespace) /.test(text.slice(begin));
    if (depth > 0 || !(letter === ';' || isBlock)) continue;
    const statement = text.slice(begin, at + 1).trim();
    if (statement !== '') statements.push(statement);
    begin = at + 1;
  }
  return statements;
}

function endOfString(text: string, begin: number): number {
  const quote = text[begin];
  for (let at = begin + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) return at;
  }
  return text.length;
}

function withoutComments(text: string): string {
  return text
    .replace(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\/\*[\s\S]*?\*\/|\/\/.*$/gm, (_, string = '') => string)
    .replace(/^\s*\n/gm, '');
}
