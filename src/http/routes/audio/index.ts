import type { Route } from '../../contract.ts';
import { get } from './audio.ts';
import { status, statusEvents } from './status.ts';
import { stream } from './stream.ts';
import { upload } from './upload.ts';
import { waveformAsJson, waveformAsSvg } from './waveform.ts';

export const audioRoutes: Route[] = [upload, status, statusEvents, get, stream, waveformAsSvg, waveformAsJson];
