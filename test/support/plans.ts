import { setTimeout } from 'node:timers/promises';
import pg from 'pg';

/** A node of a plan, as EXPLAIN (FORMAT JSON) writes it. */
interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Plan Rows'?: number;
  Plans?: PlanNode[];
}

/** A statement that the server ran, with the plan that it ran by. */
export interface ExecutedPlan {
  query: string;
  plan: PlanNode;
}

const parse = (message: string): ExecutedPlan | undefined => {
  if (!message.startsWith('duration:')) return undefined;
  const { 'Query Text': query, Plan: plan } = JSON.parse(message.slice(message.indexOf('{')));
  return { query, plan };
};

/**
 * Makes a database tell every connection that is opened from now on the plan of each statement that it really runs:
 * PostgreSQL's own auto_explain, sent as notices. Also tells the plans of the queries inside of triggers and of the
 * checks of foreign keys.
 * @param heard is called with each of them, for every connection that this process opens with `pg`.
 */
export const listenToPlans = async (url: string, heard: (executed: ExecutedPlan) => void): Promise<() => void> => {
  const client = new pg.Client({ connectionString: url, application_name: 'plans' });
  await client.connect();
  const name = pg.escapeIdentifier(new URL(url).pathname.slice(1));
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': 0,
    'auto_explain.log_format': 'json',
    'auto_explain.log_level': 'notice',
    'auto_explain.log_nested_statements': 'on',
  };
  for (const [setting, value] of Object.entries(settings))
    await client.query(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);

  const { emit } = pg.Client.prototype;
  let closed = 0;
  pg.Client.prototype.emit = function (event: string | symbol, ...values: unknown[]): boolean {
    if (event === 'end') closed += 1;
    const message = event === 'notice' ? (values[0] as { message?: string }).message : undefined;
    const executed = message === undefined ? undefined : parse(message);
    if (executed) heard(executed);
    return emit.call(this, event, ...values);
  };

  // Connections that are open already do not know of it: they are closed, and the pool opens others. It has to have
  // noticed before this returns, or the next query goes out on one that is being closed, and fails.
  const { rowCount } = await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
  );
  while (closed < (rowCount ?? 0)) await setTimeout(5);
  await client.end();
  return () => {
    pg.Client.prototype.emit = emit;
  };
};

/** Every node of a plan. */
export const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
