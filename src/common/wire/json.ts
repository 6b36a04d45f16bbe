/**
 * Marks a user's document (a configuration, parameters, an output) in a response: it leaves exactly as it was
 * sent, keys untouched.
 */
export class Json<Value = unknown> {
  constructor(readonly value: Value) {}

  toJSON(): Value {
    return this.value;
  }
}
