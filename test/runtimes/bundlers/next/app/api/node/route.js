// Owns the outputs in Next's server.
import { outputs } from '../../../outputs.mjs';

export const dynamic = 'force-dynamic';
export const GET = async () => Response.json(await outputs());
