import * as Type from 'typebox';

/** An object without any other member. */
export function exactly<P extends Type.TProperties>(properties: P) {
  return Type.Object(properties, { additionalProperties: false });
}
