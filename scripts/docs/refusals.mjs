// Which refusals can come of a route: every code that stands where a ProblemCode is wanted, in whatever the method calls
// within our own code. Calls through a port are not followed (its forms are given at run time), nor do they refuse.
import ts from 'typescript';
import { where } from './controllers.mjs';

/** @returns {Set<string>} */
export function refusalsOf(program, method, isOurs, allCodes) {
  const checker = program.getTypeChecker();
  const codes = new Set();
  const seen = new Set();

  const visitFunction = (declaration) => {
    const body = declaration && bodyOf(declaration);
    if (!body || seen.has(declaration) || !isOurs(declaration.getSourceFile().fileName)) return;
    seen.add(declaration);
    visit(body);
  };

  const visit = (node) => {
    if (ts.isStringLiteralLike(node) && allCodes.has(node.text) && isWantedAsCode(node)) codes.add(node.text);
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      visitFunction(checker.getResolvedSignature(node)?.declaration);
      for (const argument of node.arguments ?? []) visitFunction(functionNamed(argument));
      if (ts.isNewExpression(node) && node.expression.getText() === 'Problem') collectUnion(node.arguments?.[0]);
    }
    if (ts.isPropertyAccessExpression(node)) visitFunction(functionNamed(node)); // getters
    ts.forEachChild(node, visit);
  };

  /** The place takes one of several codes and nothing else. */
  const isWantedAsCode = (literal) => {
    const wanted = checker.getContextualType(literal);
    const texts = wanted?.isUnion() ? wanted.types.filter(({ flags }) => flags & ts.TypeFlags.StringLike) : [];
    return texts.length > 1 && codesIn(wanted).length === texts.length;
  };

  /** `new Problem(missing)` where the type says which two or three it can be. */
  const collectUnion = (argument) => {
    if (!argument) return;
    const possible = codesIn(checker.getTypeAtLocation(argument));
    if (possible.length < allCodes.size) for (const code of possible) codes.add(code);
  };

  const codesIn = (type) =>
    (type?.isUnion() ? type.types : type ? [type] : [])
      .filter((member) => member.isStringLiteral() && allCodes.has(member.value))
      .map((member) => member.value);

  const functionNamed = (node) => {
    if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined;
    const symbol = checker.getSymbolAtLocation(node);
    const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const declaration = target?.valueDeclaration;
    return declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : declaration;
  };

  if (!method.body) throw new Error(`${where(method)}: a route has a body`);
  visitFunction(method);
  // What reads a header or the caller for it may refuse as well.
  for (const parameter of method.parameters)
    for (const { expression } of ts.getDecorators(parameter) ?? [])
      if (ts.isCallExpression(expression)) {
        const made = functionNamed(expression.expression);
        if (made && ts.isCallExpression(made) && isOurs(made.getSourceFile().fileName)) visit(made);
      }
  return codes;
}

function bodyOf(declaration) {
  if (ts.isClassDeclaration(declaration)) return declaration.members.find(ts.isConstructorDeclaration)?.body;
  return ts.isFunctionLike(declaration) ? declaration.body : undefined;
}
