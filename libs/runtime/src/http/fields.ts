import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { PLAIN_TEXT } from './plain-text.js';

/** One decorator a field: what is checked and what the OpenAPI document says can't drift apart. */
interface FieldOptions {
  readonly optional?: boolean;
  readonly nullable?: boolean;
  readonly description?: string;
  readonly example?: unknown;
}

const field = (options: FieldOptions, api: ApiPropertyOptions, ...checks: PropertyDecorator[]): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      ...api,
      required: !options.optional,
      nullable: options.nullable,
      description: options.description,
      example: options.example,
    } as ApiPropertyOptions),
    ...(options.optional && !options.nullable ? [ValidateIf((_, value) => value !== undefined)] : []),
    ...(options.optional && options.nullable ? [IsOptional()] : []),
    ...(!options.optional && options.nullable ? [ValidateIf((_, value) => value !== null)] : []),
    ...checks,
  );

export const TextField = ({
  min = 1,
  max = 256,
  pattern,
  ...options
}: FieldOptions & { min?: number; max?: number; pattern?: RegExp } = {}) =>
  field(
    options,
    { type: String, minLength: min, maxLength: max, ...(pattern ? { pattern: pattern.source } : {}) },
    IsString(),
    Length(min, max),
    Matches(PLAIN_TEXT, { message: '$property must not contain control characters' }),
    ...(pattern ? [Matches(pattern)] : []),
  );

export const InstantField = (options: FieldOptions = {}) =>
  field(
    options,
    { type: String, format: 'date-time' },
    IsISO8601({ strict: true, strictSeparator: true }),
    Matches(/T.*(Z|[+-]\d\d:\d\d)$/, { message: '$property must be an RFC 3339 instant with its offset' }),
  );

export const IntegerField = ({ min, max, ...options }: FieldOptions & { min: number; max: number }) =>
  field(options, { type: 'integer', minimum: min, maximum: max }, IsInt(), Min(min), Max(max));

export const BooleanField = (options: FieldOptions = {}) => field(options, { type: Boolean }, IsBoolean());

export const ChoiceField = ({ choices, ...options }: FieldOptions & { choices: readonly string[] }) =>
  field(options, { type: String, enum: [...choices] }, IsIn([...choices]));

export const TextListField = ({
  most,
  choices,
  ...options
}: FieldOptions & { most: number; choices?: readonly string[] }) =>
  field(
    options,
    { type: [String], maxItems: most, ...(choices ? { enum: [...choices] } : {}) },
    IsArray(),
    ArrayMaxSize(most),
    ...(choices
      ? [IsIn([...choices], { each: true })]
      : [
          IsString({ each: true }),
          Length(1, 256, { each: true }),
          Matches(PLAIN_TEXT, { each: true, message: '$property must not contain control characters' }),
        ]),
  );

export const NestedField = ({ type, ...options }: FieldOptions & { type: () => new () => object }) =>
  field(options, { type }, IsObject(), ValidateNested(), Type(type));

export const NestedListField = ({
  type,
  most,
  ...options
}: FieldOptions & { type: () => new () => object; most: number }) =>
  field(
    options,
    { type: () => [type()], maxItems: most },
    IsArray(),
    ArrayMaxSize(most),
    ValidateNested({ each: true }),
    Type(type),
  );

/** An object of free member names; the use case checks the values. */
export const RecordField = ({ values, ...options }: FieldOptions & { values?: ApiPropertyOptions } = {}) =>
  field(options, { type: 'object', additionalProperties: (values ?? true) as never }, IsObject());
