// JSON Schema in words and rows, as far as our own schemas use it. Nested objects become dotted names: short to read,
// and how `issues` of a 422 name them too.

export type JsonSchema = {
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  required?: string[];
  description?: string;
};

/** `Number.MAX_SAFE_INTEGER` says "any integer", not a bound. */
const isBound = (n: number | undefined): n is number => n !== undefined && Math.abs(n) < Number.MAX_SAFE_INTEGER;

/** "string, 1 to 200 characters" */
export function describeType(schema: JsonSchema): string {
  const words = [kindOf(schema)];
  const between = (min: number | undefined, max: number | undefined, unit: string) => {
    if (isBound(max)) words.push(`${isBound(min) ? `${min} to ` : 'up to '}${max}${unit}`);
    else if (isBound(min) && min > 0) words.push(`at least ${min}${unit}`);
  };
  between(schema.minimum, schema.maximum, '');
  between(schema.minLength, schema.maxLength, ' characters');
  between(schema.minItems, schema.maxItems, ' entries');
  if (schema.default !== undefined && schema.default !== null) words.push(`default ${JSON.stringify(schema.default)}`);
  return words.join(', ');
}

function kindOf(schema: JsonSchema): string {
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.map(kindOf).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => String(value)).join(' | ');
  if (schema.format === 'uuid') return 'GUID';
  if (schema.format === 'date-time') return 'time';
  if (schema.type === 'array') return `list of ${schema.items ? kindOf(schema.items) : 'anything'}`;
  return [schema.type ?? 'anything'].flat().join(' or ');
}

export type Row = { name: string; type: string; required: boolean; note?: string | undefined };

/** A row for each property, those of nested objects and of lists of objects included. */
export function rowsOf(schema: JsonSchema, prefix = ''): Row[] {
  const parts = schema.allOf ?? [schema];
  return parts.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([key, property]) => {
      const name = prefix + key;
      const row: Row = {
        name,
        type: describeType(property),
        required: required.includes(key),
        note: property.description,
      };
      if (property.properties) return [row, ...rowsOf(property, `${name}.`)];
      return property.items?.properties ? [row, ...rowsOf(property.items, `${name}[].`)] : [row];
    }),
  );
}
