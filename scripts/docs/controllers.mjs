// What the source of a controller says and its running class does not: doc comments, what a method answers, who may call
// it, which headers it reads, and every refusal that can come of a call.
import ts from 'typescript';

/** @returns {Map<string, ControllerSource>} by class name, those of one service */
export function readControllers(program, service) {
  const folder = `/apps/${service}/src/`;
  const controllers = new Map();
  for (const file of program.getSourceFiles()) {
    if (!file.fileName.includes(folder)) continue;
    ts.forEachChild(file, (node) => {
      if (!ts.isClassDeclaration(node) || !node.name) return;
      const controller = decorator(node, 'Controller');
      if (controller)
        controllers.set(node.name.text, {
          path: textArgument(controller) ?? '',
          file: file.fileName,
          methods: new Map(
            node.members.filter(isRoute).map((method) => [method.name.text, readMethod(program, method)]),
          ),
        });
    });
  }
  return controllers;
}

const ROUTES = ['Get', 'Post', 'Put', 'Patch', 'Delete'];

const isRoute = (member) => ts.isMethodDeclaration(member) && ROUTES.some((name) => decorator(member, name));

function readMethod(program, method) {
  const checker = program.getTypeChecker();
  const [summary, description] = docOf(method);
  const httpCode = decorator(method, 'HttpCode');
  const has = (name) => method.parameters.some((parameter) => decorator(parameter, name));
  return {
    summary,
    description,
    public: decorator(method, 'Public') !== undefined,
    permission: decorator(method, 'Allow') && textArgument(decorator(method, 'Allow')),
    status: httpCode ? Number(httpCode.arguments[0].text) : decorator(method, 'Post') ? 201 : 200,
    takesBody: has('Body'),
    takesAnyJson: has('RawBody'),
    takesText: has('TextBody'),
    waits: has('PreferWait'),
    idempotent: has('Idempotency'),
    answers: answersOf(checker, method),
    method,
  };
}

/** The types of `Promise<A | B>`, in the order they are written. */
function answersOf(checker, method) {
  if (!method.type) throw new Error(`${where(method)}: a route says what it answers`);
  const promised =
    ts.isTypeReferenceNode(method.type) && method.type.typeName.getText() === 'Promise'
      ? method.type.typeArguments[0]
      : method.type;
  const nodes = ts.isUnionTypeNode(promised) ? promised.types : [promised];
  return nodes
    .map((node) => checker.getTypeFromTypeNode(node))
    .filter(({ flags }) => !(flags & (ts.TypeFlags.Void | ts.TypeFlags.Undefined)));
}

/** The first sentence, and the rest. */
function docOf(method) {
  const [doc] = ts.getJSDocCommentsAndTags(method).filter(ts.isJSDoc).slice(-1);
  const text = (ts.getTextOfJSDocComment(doc?.comment) ?? '').replaceAll(/\s+/g, ' ').trim();
  if (!text) throw new Error(`${where(method)}: a route needs a doc comment; its first sentence is the summary`);
  const [first] = /^.*?[.!?](?=\s|$)/.exec(text) ?? [text];
  return [first.replace(/\.$/, ''), text.slice(first.length).trim()];
}

export function decorator(node, name) {
  return ts
    .getDecorators(node)
    ?.map(({ expression }) => expression)
    .find((call) => ts.isCallExpression(call) && call.expression.getText() === name);
}

const textArgument = ({ arguments: [first] }) => (first && ts.isStringLiteralLike(first) ? first.text : undefined);

export const where = (node) => {
  const file = node.getSourceFile();
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
};
