/** docs/api/pq-json.schema.json: the types in src/cli/json-outputs.ts as JSON Schema. */
import { join } from 'node:path'
import ts from 'typescript'

const SOURCE = 'src/cli/json-outputs.ts'

export function jsonSchema(root) {
  const path = join(root, SOURCE)
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  const program = ts.createProgram([path], { ...options, noEmit: true, skipLibCheck: true })
  const checker = program.getTypeChecker()
  const outputs = program
    .getSourceFile(path)
    .statements.find((each) => ts.isInterfaceDeclaration(each) && each.name.text === 'JsonOutputs')
  const writer = new SchemaWriter(checker)
  const properties = checker
    .getTypeAtLocation(outputs)
    .getProperties()
    .map((symbol) => [symbol.name, writer.member(symbol)])
  return `${JSON.stringify({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $comment: `Written by npm run docs from ${SOURCE}.`,
    title: 'What the commands of pq print with --json',
    description:
      'A property for each command: of a list, each line is such a value. Members may be added in later versions; none is renamed.',
    $defs: Object.fromEntries([
      ...[...writer.defs].sort(([a], [b]) => (a < b ? -1 : 1)),
      ['commands', { type: 'object', properties: Object.fromEntries(properties) }],
    ]),
  })}\n`
}

class SchemaWriter {
  /** Named types that were met. */
  defs = new Map()

  constructor(checker) {
    this.checker = checker
  }

  member(symbol) {
    const description = ts.displayPartsToString(symbol.getDocumentationComment(this.checker))
    // As it is written, where it may be left out: so it keeps its name.
    const written = symbol.valueDeclaration?.type
    const isOptional = (symbol.flags & ts.SymbolFlags.Optional) !== 0 && written !== undefined
    const type = isOptional ? this.checker.getTypeFromTypeNode(written) : this.checker.getTypeOfSymbol(symbol)
    const schema = this.schema(type)
    return description === '' ? schema : { description, ...schema }
  }

  schema(type) {
    const { aliasSymbol, aliasTypeArguments } = type
    const isNamed = aliasSymbol !== undefined && aliasTypeArguments === undefined
    return isNamed ? this.named(aliasSymbol, () => this.shape(type)) : this.shape(type)
  }

  /** The schema of a named type. It is listed before its members are read, since they may name it. */
  named(symbol, shape) {
    if (!this.defs.has(symbol.name)) {
      this.defs.set(symbol.name, {})
      const description = ts.displayPartsToString(symbol.getDocumentationComment(this.checker))
      this.defs.set(symbol.name, { ...(description !== '' && { description }), ...shape() })
    }
    return { $ref: `#/$defs/${symbol.name}` }
  }

  shape(type) {
    if (type.isUnion()) return this.union(type)
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value }
    if (type.flags & ts.TypeFlags.BooleanLiteral) return { const: this.checker.typeToString(type) === 'true' }
    if (type.flags & ts.TypeFlags.String) return { type: 'string' }
    if (type.flags & ts.TypeFlags.Number) return { type: 'number' }
    if (type.flags & ts.TypeFlags.Boolean) return { type: 'boolean' }
    if (type.flags & ts.TypeFlags.Null) return { type: 'null' }
    if (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) return {}
    if (this.checker.isTupleType(type)) {
      const items = this.checker.getTypeArguments(type).map((each) => this.schema(each))
      return { type: 'array', prefixItems: items, minItems: items.length, items: false }
    }
    if (this.checker.isArrayType(type)) {
      return { type: 'array', items: this.schema(this.checker.getTypeArguments(type)[0]) }
    }
    if (!(type.flags & ts.TypeFlags.Object) || type.getCallSignatures().length > 0) {
      throw new Error(`expected ${SOURCE} to have types of JSON alone, got ${this.checker.typeToString(type)}`)
    }
    return this.object(type)
  }

  union(type) {
    const types = type.types.filter((each) => !(each.flags & ts.TypeFlags.Undefined))
    if (type.flags & ts.TypeFlags.Boolean) return { type: 'boolean' }
    if (types.every((each) => each.isLiteral() || each.flags & ts.TypeFlags.BooleanLiteral)) {
      return { enum: types.map((each) => this.schema(each).const) }
    }
    const schemas = types.map((each) => this.schema(each))
    return schemas.length === 1 ? schemas[0] : { anyOf: merged(schemas) }
  }

  object(type) {
    const isNamed = type.symbol.name !== '__type' && type.aliasSymbol === undefined
    return isNamed ? this.named(type.symbol, () => this.members(type)) : this.members(type)
  }

  members(type) {
    const index = type.getStringIndexType()
    const symbols = type.getProperties()
    const required = symbols.filter((symbol) => !this.isOptional(symbol)).map((symbol) => symbol.name)
    return {
      type: 'object',
      ...(symbols.length > 0 && {
        properties: Object.fromEntries(symbols.map((symbol) => [symbol.name, this.member(symbol)])),
      }),
      ...(required.length > 0 && { required }),
      ...(index !== undefined && { additionalProperties: this.schema(index) }),
    }
  }

  /** JSON leaves out what is undefined, as a value of any type may be. */
  isOptional(symbol) {
    const type = this.checker.getTypeOfSymbol(symbol)
    const mayBeUndefined = type.isUnion() && type.types.some((each) => each.flags & ts.TypeFlags.Undefined)
    const isAnything = (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) !== 0
    return mayBeUndefined || isAnything || (symbol.flags & ts.SymbolFlags.Optional) !== 0
  }
}

/** Literals of a union as one enumeration. */
function merged(schemas) {
  const values = schemas.filter((each) => 'const' in each).map((each) => each.const)
  const others = schemas.filter((each) => !('const' in each))
  const isBoolean = values.includes(true) && values.includes(false)
  const literals = isBoolean ? values.filter((value) => typeof value !== 'boolean') : values
  return [...others, ...(isBoolean ? [{ type: 'boolean' }] : []), ...(literals.length > 0 ? [{ enum: literals }] : [])]
}
