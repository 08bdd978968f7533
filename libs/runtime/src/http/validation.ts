import { Problem, type FieldError } from '@curfew/contracts';
import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';

/** Unknown members are refused: a misspelt option that is silently ignored is an option that is not in force. */
export const validationPipe = (): ValidationPipe =>
  new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => {
      const fields = errors.flatMap((error) => fieldErrors(error, ''));
      return new Problem('invalid_field', fields[0] && `${fields[0].field}: ${fields[0].message}`, { errors: fields });
    },
  });

function fieldErrors({ property, constraints, children }: ValidationError, path: string): FieldError[] {
  const field = path ? `${path}.${property}` : property;
  return [
    ...Object.values(constraints ?? {}).map((message) => ({ field, message })),
    ...(children ?? []).flatMap((child) => fieldErrors(child, field)),
  ];
}
