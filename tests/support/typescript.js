// Reads lines of JSON from stdin, { files: { path: text }, options, inspect }, and says on stdout, a line of JSON for each,
// what the TypeScript compiler makes of the files. First argument: the folder of the compiler.
"use strict";

const path = require("node:path");
const readline = require("node:readline");
const ts = require(process.argv[2]);

const kindNames = new Map(); // the first name of a kind is its own, later ones mark ranges
for (const [name, kind] of Object.entries(ts.SyntaxKind)) if (!kindNames.has(kind)) kindNames.set(kind, name);

const kept = new Map(); // syntax trees of the compiler's own library, which every program shares

function host(files, options) {
  const found = ts.createCompilerHost(options);
  const read = found.readFile;
  const parse = found.getSourceFile;
  found.readFile = (name) => files.get(name) ?? (name.includes("/typescript/lib/") ? read(name) : undefined);
  found.fileExists = (name) => files.has(name) || (name.includes("/typescript/lib/") && ts.sys.fileExists(name));
  found.directoryExists = () => true;
  found.getDirectories = () => [];
  found.getCurrentDirectory = () => "/p";
  found.writeFile = () => {};
  found.getSourceFile = (name, language) => {
    if (files.has(name)) return ts.createSourceFile(name, files.get(name), language, true);
    if (!kept.has(name)) kept.set(name, parse(name, language));
    return kept.get(name);
  };
  return found;
}

function look(file) {
  const kinds = new Set();
  const names = new Set();
  const members = new Set();
  const specifiers = [];
  const tags = [];
  const walk = (node) => {
    kinds.add(kindNames.get(node.kind));
    if (ts.isIdentifier(node)) names.add(node.text);
    if (ts.isPropertySignature(node)) members.add(node.name.text);
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      specifiers.push(node.moduleSpecifier.text);
    }
    for (const comment of node.jsDoc ?? []) for (const tag of comment.tags ?? []) tags.push(tag.tagName.text);
    ts.forEachChild(node, walk);
  };
  walk(file);
  const pragmas = [...(file.pragmas?.keys() ?? []), ...(file.commentDirectives ?? []).map(() => "directive")];
  const references = [...file.referencedFiles, ...file.typeReferenceDirectives, ...file.libReferenceDirectives];
  return {
    kinds: [...kinds], names: [...names], members: [...members], specifiers, tags,
    pragmas: [...pragmas, ...references.map((each) => each.fileName)],
    skeleton: skeleton(file.text),
  };
}

// The tokens of a text, without comments, strings masked.
function skeleton(text) {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, true, ts.LanguageVariant.Standard, text);
  const tokens = [];
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    tokens.push(kind === ts.SyntaxKind.StringLiteral ? '""' : scanner.getTokenText());
  }
  return tokens.join(" ");
}

function answer({ files, options, inspect }) {
  const texts = new Map(Object.entries(files).map(([name, text]) => [path.posix.join("/p", name), text]));
  const { options: parsed } = ts.convertCompilerOptionsFromJson({ ...options, noEmit: true, skipDefaultLibCheck: true }, "/p");
  const roots = [...texts.keys()].filter((name) => name.endsWith(".ts"));
  const program = ts.createProgram(roots, parsed, host(texts, parsed));
  const problems = ts.getPreEmitDiagnostics(program).map((found) => {
    const text = ts.flattenDiagnosticMessageText(found.messageText, "\n");
    if (!found.file) return text;
    const line = found.file.getLineAndCharacterOfPosition(found.start).line + 1;
    return `${found.file.fileName.slice(3)}:${line}: ${text}`;
  });
  const inspected = inspect ? roots.filter((name) => !name.includes("/_runtime/")) : [];
  const seen = Object.fromEntries(inspected.map((name) => [name.slice(3), look(program.getSourceFile(name))]));
  return { problems, seen };
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
});
