import { MAX_STRING_LENGTH } from './cel/limits';
import { compileExpression } from './expression';
import type { EvaluationOptions, Expression, ExpressionFault, Reference, Scope } from './expression';
import type { Issue } from './issue';
import { isJsonObject } from './json';
import type { JsonValue } from './json';
import { memberPath } from './member-path';
import { fail, ok } from './result';
import type { Result } from './result';
import { scanPlaceholders } from './template-scanner';
import type { TemplatePart } from './template-scanner';

/** Levels of lists and objects: compiling and rendering recurse along them. */
const MAX_DEPTH = 100;

/** Why a template could not be rendered, and where in it. */
export interface TemplateFault extends ExpressionFault {
  /** `inputs.url`, as in an {@link Issue}. */
  readonly path: string;
}

/** What compiling may be told beside the roots. */
export interface TemplateOptions {
  /** The path of the template in its document, with which every issue's path begins. */
  readonly at?: string;
  /** Whether `${{ secrets.NAME }}` may stand in a string. Only a component's configuration allows it. */
  readonly allowSecrets?: boolean;
}

/** What rendering may be told beside the scope. */
export interface RenderOptions extends EvaluationOptions {
  /**
   * The secrets by name. Without them each reference stays in place as it was written: a document that is
   * stored or shown is rendered so.
   */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** One expression of a template, and the string that it stands in. */
export interface PlacedExpression {
  /** The string's path: `inputs.url`, as in an {@link Issue}. */
  readonly path: string;
  readonly expression: Expression;
}

/** A checked document whose strings may hold `${{ expressions }}`. */
export interface Template {
  /** The paths that its expressions read. */
  readonly references: readonly Reference[];
  readonly expressions: readonly PlacedExpression[];
  /** The secrets that it names, each once. */
  readonly secretNames: readonly string[];
  /** Whether nothing in it is computed: rendering gives the document itself. */
  readonly isConstant: boolean;
  /** The document with its values. Never throws. */
  render(scope: Scope, options?: RenderOptions): Result<JsonValue, TemplateFault>;
}

/**
 * Checks and compiles a document. A string that is wholly one `${{ … }}` becomes the expression's value,
 * with its type; in a string with other text around, strings stand as they are and other values as JSON.
 * `$${{` is a literal `${{`. Keys are never templates.
 */
export function compileTemplate(
  source: JsonValue,
  roots: readonly string[],
  options: TemplateOptions = {},
): Result<Template, Issue[]> {
  const { template, issues } = compileStrings(source, roots, options);
  return issues.length > 0 ? fail(issues) : ok(template);
}

/**
 * The same, for who has more to say about a document than what keeps it from being compiled.
 *
 * @returns with issues, a template that must not be rendered, and has the expressions that did compile
 */
export function compileStrings(
  source: JsonValue,
  roots: readonly string[],
  { at = '', allowSecrets = false }: TemplateOptions = {},
): { template: Template; issues: Issue[] } {
  const compiler = new TemplateCompiler(roots, allowSecrets);
  const node = compiler.compile(source, at, 0);
  const { expressions, secretNames, issues } = compiler;
  return { template: new CompiledTemplate(source, node, expressions, [...secretNames]), issues };
}

/** A part of the document that has to be computed; null stands for one that has not. */
type TemplateNode = ((frame: RenderFrame) => JsonValue) | null;

interface RenderFrame {
  readonly scope: Scope;
  readonly options: RenderOptions;
}

/** Carries a fault from the string where it happened out to `render`. */
class TemplateRenderError extends Error {
  constructor(readonly fault: TemplateFault) {
    super(fault.message);
  }
}

class CompiledTemplate implements Template {
  readonly isConstant: boolean;
  readonly references: readonly Reference[];

  constructor(
    private readonly source: JsonValue,
    private readonly node: TemplateNode,
    readonly expressions: readonly PlacedExpression[],
    readonly secretNames: readonly string[],
  ) {
    this.isConstant = node === null;
    this.references = expressions.flatMap(({ expression }) => expression.references);
  }

  render(scope: Scope, options: RenderOptions = {}): Result<JsonValue, TemplateFault> {
    if (this.node === null) return ok(this.source);
    try {
      return ok(this.node({ scope, options }));
    } catch (error) {
      if (error instanceof TemplateRenderError) return fail(error.fault);
      throw error;
    }
  }
}

class TemplateCompiler {
  readonly issues: Issue[] = [];
  readonly expressions: PlacedExpression[] = [];
  readonly secretNames = new Set<string>();

  constructor(
    private readonly roots: readonly string[],
    private readonly allowSecrets: boolean,
  ) {}

  compile(source: JsonValue, path: string, depth: number): TemplateNode {
    if (typeof source === 'string') return this.compileString(source, path);
    if (typeof source !== 'object' || source === null) return null;
    if (depth === MAX_DEPTH) {
      this.issues.push({ path, message: `is nested deeper than ${MAX_DEPTH} levels` });
      return null;
    }
    return isJsonObject(source)
      ? this.compileObject(source, path, depth + 1)
      : this.compileList(source, path, depth + 1);
  }

  private compileList(source: readonly JsonValue[], path: string, depth: number): TemplateNode {
    const nodes = source.map((item, index) => this.compile(item, `${path}[${index}]`, depth));
    if (nodes.every((node) => node === null)) return null;
    return (frame) => nodes.map((node, index) => (node === null ? (source[index] ?? null) : node(frame)));
  }

  private compileObject(
    source: Readonly<Record<string, JsonValue>>,
    path: string,
    depth: number,
  ): TemplateNode {
    const entries = Object.entries(source).map(
      ([key, value]) => [key, value, this.compile(value, memberPath(path, key), depth)] as const,
    );
    if (entries.every(([, , node]) => node === null)) return null;
    // fromEntries defines each key: assigning `__proto__` would set the prototype.
    return (frame) =>
      Object.fromEntries(entries.map(([key, value, node]) => [key, node === null ? value : node(frame)]));
  }

  private compileString(source: string, path: string): TemplateNode {
    const scanned = scanPlaceholders(source);
    if (!scanned.ok) {
      this.issues.push({ path, message: scanned.error });
      return null;
    }
    const parts = scanned.value.map((part) => this.compilePart(part, path));
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return this.compileWhole(only, source);
    return (frame) => {
      const texts = parts.map((part) => (typeof part === 'string' ? part : textOf(part(frame))));
      const length = texts.reduce((total, text) => total + text.length, 0);
      if (length <= MAX_STRING_LENGTH) return texts.join('');
      throw new TemplateRenderError({
        path,
        code: 'EXPRESSION_TOO_COSTLY',
        message: `the text would have ${length} characters; ${MAX_STRING_LENGTH} are allowed`,
      });
    };
  }

  /** A string of one part: the value itself, or text (which differs from the source once `$${{` is undone). */
  private compileWhole(only: string | NonNullable<TemplateNode>, source: string): TemplateNode {
    if (typeof only !== 'string') return only;
    return only === source ? null : () => only;
  }

  private compilePart(part: TemplatePart, path: string): string | NonNullable<TemplateNode> {
    if (part.kind === 'text') return part.text;
    const secret = /^\s*secrets\.([A-Za-z_][A-Za-z0-9_]*)\s*$/.exec(part.source)?.[1];
    if (this.allowSecrets && secret !== undefined) return this.compileSecret(secret, part.source, path);
    const compiled = compileExpression(part.source, this.roots);
    if (!compiled.ok) {
      this.issues.push({ path, message: compiled.error.message });
      return '';
    }
    this.expressions.push({ path, expression: compiled.value });
    return evaluation(compiled.value, path);
  }

  private compileSecret(name: string, source: string, path: string): NonNullable<TemplateNode> {
    this.secretNames.add(name);
    return ({ options: { secrets } }) => {
      if (secrets === undefined) return `\${{${source}}}`;
      const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
      if (value !== undefined) return value;
      throw new TemplateRenderError({
        path,
        code: 'EXPRESSION_ERROR',
        message: `there is no secret "${name}"`,
      });
    };
  }
}

function evaluation(expression: Expression, path: string): NonNullable<TemplateNode> {
  return ({ scope, options }) => {
    const result = expression.evaluate(scope, options);
    if (result.ok) return result.value;
    throw new TemplateRenderError({ path, ...result.error });
  };
}

/** A value between other text. */
function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
