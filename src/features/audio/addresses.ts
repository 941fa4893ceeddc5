/** Where clients find what belongs to an upload: paths of this API, without its host. */
export const streamPath = (audioId: string): string => `/api/v1/audio/${audioId}/stream`;
export const waveformPath = (audioId: string): string => `/api/v1/audio/${audioId}/waveform.svg`;
