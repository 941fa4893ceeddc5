import type { Request, Response } from 'express';
import { keepsOwnTime } from '../body-deadlines.ts';
import type { HttpContext } from '../context.ts';
import type { FileReceipt, FormContract, Reply } from '../contract.ts';
import { inviteBody } from '../invite-body.ts';
import { checkFormHeaders, receiveForm } from './receive-form.ts';

/** A form that is here. */
export interface ServedForm {
  /** As they were sent. */
  fields: Record<string, string | string[]>;
  file: FileReceipt;
  /** Says that the file belongs to something from now on. */
  taken(): void;
}

/**
 * Receives the form of a request. However the request ends, a file that nobody has taken is removed again.
 * @returns what answers the request, to be called once.
 * @throws AppError that says why the form was not received.
 */
export const withForm = async (
  ctx: HttpContext,
  { file: part }: FormContract,
  req: Request,
  res: Response,
  answer: (form: ServedForm) => Promise<Reply>,
): Promise<() => Promise<Reply>> => {
  const file = part.open(ctx);
  const failed = (error: unknown): never => {
    file.failed(error);
    throw error;
  };
  let fields: ServedForm['fields'];
  try {
    checkFormHeaders(part, req);
    file.ready();
    keepsOwnTime(req);
    inviteBody(req, res);
    fields = await receiveForm(part, file, req, ctx.config);
  } catch (error) {
    return failed(error);
  }
  return async () => {
    let isTaken = false;
    const taken = (): void => {
      isTaken = true;
    };
    try {
      return await answer({ fields, file, taken });
    } catch (error) {
      return failed(error);
    } finally {
      if (!isTaken) await file.discard();
    }
  };
};
