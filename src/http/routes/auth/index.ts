import type { Route } from '../../contract.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { me } from './me.ts';
import { refresh } from './refresh.ts';
import { register } from './register.ts';
import { validate, validateGiven } from './validate.ts';

export const authRoutes: Route[] = [register, login, refresh, logout, me, validate, validateGiven];
